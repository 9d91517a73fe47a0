"""AsyncSSH: its SFTP client, programs, and many sessions at once."""

import asyncio
import stat

import harness

kTimeout = 120


async def files(live, connection):
    data = live.local / "data"
    harness.random_file(data, 5_000_003)
    async with connection.start_sftp_client() as sftp:
        await sftp.put(str(data), "up")
        live.check_same(data, live.tree / "up", "put")
        await sftp.get("up", str(live.local / "down"))
        live.check_same(data, live.local / "down", "get")
        await sftp.posix_rename("up", "moved")
        await sftp.link("moved", "hard")
        await sftp.symlink("moved", "soft")
        live.check((live.tree / "hard").samefile(live.tree / "moved") and
                   await sftp.readlink("soft") == "moved", "posix_rename, link and symlink")
        await sftp.chmod("moved", 0o600)
        attrs = await sftp.stat("moved")
        live.check(stat.S_IMODE(attrs.permissions) == 0o600 and attrs.size == 5_000_003,
                   "chmod and stat")
        disk = await sftp.statvfs(".")
        live.check(disk.blocks > 0 and disk.namemax > 0, "statvfs")
        async with sftp.open("moved", "r+b") as file:
            await file.seek(10)
            await file.write(b"middle")
            await file.fsync()
        live.check((live.tree / "moved").read_bytes()[10:16] == b"middle", "write and fsync")
        folder = live.local / "folder"
        for number in range(30):
            (folder / f"sub{number % 3}").mkdir(parents=True, exist_ok=True)
            harness.random_file(folder / f"sub{number % 3}" / f"file{number}", number * 3001)
        await sftp.put(str(folder), "folder", recurse=True)
        await sftp.get("folder", str(live.local / "back"), recurse=True)
        live.check_ok(live.run("diff", "-r", "folder", "back"), "put and get of a tree")
        names = await sftp.listdir(".")
        live.check({"hard", "soft", "moved", "folder"} <= set(names), "listdir")
        try:
            await sftp.stat("missing")
            live.check(False, "a file that is missing")
        except Exception as error:
            live.check(type(error).__name__ == "SFTPNoSuchFile", "a file that is missing")


async def programs(live, connection):
    done = await connection.run("cat; echo err >&2; exit 9", input="text")
    live.check((done.stdout, done.stderr, done.exit_status) == ("text", "err\n", 9),
               "a program: its output, its errors and its status")
    done = await connection.run("kill -KILL $$")
    live.check(done.exit_signal is not None and done.exit_signal[0] == "KILL", "an exit signal")
    process = await connection.create_process("sleep 60")
    process.terminate()
    done = await process.wait(timeout=20)
    live.check(done.exit_signal is not None and done.exit_signal[0] == "TERM",
               "a signal that the client sends")
    blocks = [chr(97 + number) * 300_000 for number in range(10)]
    many = await asyncio.gather(*(connection.run("cat", input=block) for block in blocks))
    live.check([done.stdout for done in many] == blocks, "ten programs at once over one connection")


async def session(live, asyncssh, server):
    def connect(**login):
        options = {"client_keys": None, "agent_path": None, "config": None, "username": harness.kUser,
                   "known_hosts": str(live.known_hosts), "login_timeout": 20, **login}
        return asyncssh.connect("127.0.0.1", server.port, **options)

    for kind in ("ed25519", "ecdsa-256", "rsa-3072"):
        async with connect(client_keys=[str(live.user_key(kind))]):
            live.check(True, f"publickey with the {kind} key")
    async with connect(password="secret", preferred_auth="keyboard-interactive"):
        live.check(True, "keyboard-interactive")
    # This client goes on sending data after its KEXINIT, against RFC 4253 s7.1.
    async with connect(password="secret", rekey_bytes=1 << 18) as connection:
        data = live.local / "many keys"
        harness.random_file(data, 20_000_003)
        async with connection.start_sftp_client() as sftp:
            await sftp.put(str(data), "many keys")
            await sftp.get("many keys", str(live.local / "back with many keys"))
        live.check_same(data, live.tree / "many keys", "put with many key exchanges")
        live.check_same(data, live.local / "back with many keys", "get with many key exchanges")
    async with connect(password="secret") as connection:
        await files(live, connection)
        await programs(live, connection)
    try:
        async with connect(password="wrong"):
            live.check(False, "a wrong password is refused")
    except asyncssh.PermissionDenied:
        live.check(True, "a wrong password is refused")


def test(live):
    try:
        import asyncssh
    except ImportError:
        harness.skip("python3-asyncssh is not installed")
    secret = live.home / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    # The client chooses the order of SYMLINK's arguments by this name in the identification.
    with live.server("--version-comment", "symlinks as in OpenSSH", "--allow-exec", "--user", harness.kUser, "--password-file",
                     f"plain:{secret}") as server:
        live.authorize(*(live.user_key(kind) for kind in ("ed25519", "ecdsa-256", "rsa-3072")))
        asyncio.run(asyncio.wait_for(session(live, asyncssh, server), kTimeout))


harness.main(test)
