"""Paramiko: its SFTP client, programs, and new keys while data flows."""

import hashlib
import io
import stat

import harness


def connect(paramiko, server, live, user=harness.kUser, **login):
    client = paramiko.SSHClient()
    client.load_host_keys(str(live.known_hosts))
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect("127.0.0.1", server.port, user, allow_agent=False, look_for_keys=False,
                   timeout=20, auth_timeout=20, banner_timeout=20, **login)
    return client


def files(live, client):
    data = live.local / "data"
    harness.random_file(data, 5_000_003)
    sftp = client.open_sftp()
    sftp.put(str(data), "/up")
    live.check_same(data, live.tree / "up", "put")
    sftp.get("/up", str(live.local / "down"))
    live.check_same(data, live.local / "down", "get (with prefetch)")
    with sftp.open("/up", "r+") as file:
        file.seek(1_000_000)
        file.write(b"in the middle")
        file.flush()
        live.check(file.stat().st_size == 5_000_003, "fstat")
        file.truncate(2_000_000)
    changed = (live.tree / "up").read_bytes()
    live.check(len(changed) == 2_000_000 and changed[1_000_000:1_000_013] == b"in the middle",
               "a write in the middle and truncate")
    with sftp.open("/up", "a") as file:
        file.write(b"appended")
    live.check((live.tree / "up").read_bytes()[2_000_000:] == b"appended", "append")
    # check-file: of the whole, of a part, and of blocks.
    content = (live.tree / "up").read_bytes()
    with sftp.open("/up", "r") as file:
        for name in ("md5", "sha1"):
            of = getattr(hashlib, name)
            live.check(file.check(name) == of(content).digest(), f"check: {name}")
            live.check(file.check(name, 1000, 5000) == of(content[1000:6000]).digest(),
                       f"check: {name} of a part")
            blocks = b"".join(of(content[at:at + 300_000]).digest()
                              for at in range(0, len(content), 300_000))
            live.check(file.check(name, block_size=300_000) == blocks, f"check: {name} of blocks")
        try:
            file.check("md17")
            live.check(False, "check: a hash that nobody knows")
        except IOError:
            live.check(True, "check: a hash that nobody knows")
    try:
        sftp.open("/up", "x")
        live.check(False, "exclusive open of a file that exists")
    except IOError:
        live.check(True, "exclusive open of a file that exists")
    sftp.putfo(io.BytesIO(b"small"), "/small")
    sftp.posix_rename("/small", "/up")
    live.check((live.tree / "up").read_bytes() == b"small", "posix_rename")
    sftp.mkdir("/folder", 0o750)
    sftp.symlink("../up", "/folder/link")
    live.check(sftp.readlink("/folder/link") == "../up", "symlink and readlink")
    live.check(stat.S_ISLNK(sftp.lstat("/folder/link").st_mode) and
               sftp.stat("/folder/link").st_size == 5, "lstat and stat")
    live.check(sftp.normalize("folder/.././folder//") == "/folder", "normalize")
    sftp.chmod("/up", 0o600)
    sftp.utime("/up", (1_000_000_000, 1_100_000_000))
    live.check(sftp.stat("/up").st_mtime == 1_100_000_000 and
               stat.S_IMODE(sftp.stat("/up").st_mode) == 0o600, "chmod and utime")
    live.check(sorted(sftp.listdir("/")) == ["folder", "up"], "listdir")
    sftp.remove("/folder/link")
    sftp.rmdir("/folder")
    for operation, argument in ((sftp.stat, "/missing"), (sftp.remove, "/missing"),
                                (sftp.rmdir, "/missing"), (sftp.listdir, "/missing")):
        try:
            operation(argument)
            live.check(False, f"{operation.__name__} of a file that is missing")
        except FileNotFoundError:
            live.check(True, f"{operation.__name__} of a file that is missing")
    sftp.close()


def programs(live, client):
    source, out, err = client.exec_command("cat; echo err >&2; exit 9", timeout=60)
    block = bytes(range(256)) * 4096
    source.write(block)
    source.channel.shutdown_write()
    live.check(hashlib.sha256(out.read()).digest() == hashlib.sha256(block).digest() and
               err.read() == b"err\n" and out.channel.recv_exit_status() == 9,
               "a program: its output, its errors and its status")
    # Paramiko 2.12's only reader waits inside its answer to a CLOSE while keys are negotiated, and
    # so never sees our KEXINIT: not before that answer is sent. `closed` is set ahead of it; what
    # answers a request comes after it.
    live.check(harness.wait_until(lambda: out.channel.closed), "the channel is closed")
    transport = client.get_transport()
    transport.global_request("no-such@nacre", wait=True)
    transport.renegotiate_keys()
    _, out, _ = client.exec_command("echo again", timeout=60)
    live.check(out.read() == b"again\n", "a program after renegotiate_keys")


def test(live):
    try:
        import paramiko
    except ImportError:
        harness.skip("python3-paramiko is not installed")
    secret = live.home / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    with live.server("--allow-exec", "--user", harness.kUser, "--password-file",
                     f"plain:{secret}") as server:
        kinds = ("ed25519", "ecdsa-256", "rsa-3072")
        live.authorize(*(live.user_key(kind) for kind in kinds))
        for kind in kinds:
            connect(paramiko, server, live, key_filename=str(live.user_key(kind))).close()
            live.check(True, f"publickey with the {kind} key")
        client = connect(paramiko, server, live, password="secret")
        live.check(True, "password")
        files(live, client)
        programs(live, client)
        client.close()
        for login in ({"password": "wrong"}, {"key_filename": str(live.key("stranger"))}):
            try:
                connect(paramiko, server, live, **login)
                live.check(False, f"a wrong {list(login)[0]} is refused")
            except paramiko.AuthenticationException:
                live.check(True, f"a wrong {list(login)[0]} is refused")
        # OpenSSH's client would not even send it.
        try:
            connect(paramiko, server, live, user="e\x1b[31m\nvil", password="secret")
        except paramiko.AuthenticationException:
            pass
        live.check(server.logged("vil") and "\x1b" not in server.log and
                   not any(line.startswith("vil") for line in server.log.splitlines()),
                   "control bytes of a user name are escaped in the log")


harness.main(test)
