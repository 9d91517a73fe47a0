"""nacre-sftp-server on standard input and output: under `sftp -D`, and as Subsystem of sshd."""

import hashlib
import os

import harness
import raw_sftp


def batch(live, *commands):
    path = live.dir / "batch"
    path.write_text("".join(line + "\n" for line in commands))
    return path


def directly(live):
    program = harness.ours("nacre-sftp-server")
    sftp = harness.need("sftp")
    digest = harness.random_file(live.local / "data", 20_000_003)

    def run(options, *commands, **more):
        return live.run(sftp, "-b", batch(live, *commands), "-D", f"{program} {options}".strip(), **more)

    done = run(f"-d {live.tree}", f"put {live.local}/data up", "get up back", "ls -l", "rename up moved",
               "ln moved hard", "df", "cp moved copy", "pwd")
    live.check_ok(done, "sftp -D: put, get, ls, rename, ln, df and cp")
    live.check(harness.sha256(live.local / "back") == digest, "the file comes back unchanged", done)
    live.check(f"Remote working directory: {live.tree}" in done.out, "-d names the start folder", done)
    live.check_same(live.local / "data", live.tree / "copy", "cp copies the file", done)

    done = run(f"--root {live.tree}", "pwd", "ls", "get moved inside", "get /etc/passwd outside")
    live.check("Remote working directory: /\n" in done.out and (live.local / "inside").exists(),
               "--root makes the folder /", done)
    live.check(not (live.local / "outside").exists() and done.status not in (0, None),
               "--root keeps the rest out", done)
    done = run(f"-R -d {live.tree}", "get moved read-only-get", "put data other")
    live.check((live.local / "read-only-get").exists() and not (live.tree / "other").exists() and
               "permission denied" in done.err.lower(), "-R only reads", done)

    done = run(f"-u 077 -d {live.tree}", "put data private", "mkdir private-folder")
    live.check((live.tree / "private").stat().st_mode & 0o777 == 0o600 and
               (live.tree / "private-folder").stat().st_mode & 0o777 == 0o700, "-u is the umask", done)

    session = raw_sftp.RawSftp([program, "-d", live.tree, "--sftp-version", "5"],
                               env=live.environment(), version=6)
    live.check(session.version == 5, "--sftp-version is the highest")
    session.close()
    session = raw_sftp.RawSftp([program, "-d", live.tree], env=live.environment())
    live.check(session.version == 3, "version 3")
    live.check(session.close() == 0, "the end of its input ends it with status 0")
    done = live.run(program, input=b"\0\0\0\5\1\0\0\0\3" + b"\xff\xff\xff\xff" + b"x" * 100)
    live.check(done.status == 1, "a packet that is too long ends it with status 1", done)
    done = live.run(program, input=b"")
    live.check(done.status == 0 and not done.bytes, "no input at all", done)
    done = live.run(program, "--no-such-option")
    live.check(done.status == 2 and len(done.err.strip().splitlines()) == 1,
               "a wrong option: one line and status 2", done)
    for wrong in (("-u", "8"), ("-u", "1000"), ("--sftp-version", "7"), ("-u",)):
        done = live.run(program, *wrong)
        live.check(done.status == 2 and len(done.err.strip().splitlines()) == 1,
                   f"a wrong value: {wrong}", done)


def under_sshd(live):
    """As the Subsystem of OpenSSH's own server, which runs as this user."""
    sshd = harness.need("sshd")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    port = harness.free_port()
    config = live.dir / "sshd_config"
    config.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {live.host_key('ed25519')}\nPidFile none\n"
        f"AuthorizedKeysFile {live.authorize(live.user_key())}\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        f"Subsystem sftp {harness.ours('nacre-sftp-server')} -d {live.tree}\n")
    live.know(port, ("ed25519",))
    with open(live.dir / "sshd.log", "wb") as log:
        server = live.start(sshd, "-D", "-e", "-f", config, stdout=log, stderr=log)
    try:
        live.check(harness.wait_until(
            lambda: "listening" in (live.dir / "sshd.log").read_text()), "sshd starts")
        done = live.run(harness.need("sftp"), *live.ssh_options("RekeyLimit=1M"), "-P", port, "-b",
                        batch(live, "pwd", "put data by-sshd", "get by-sshd back-by-sshd", "ls -l", "df"),
                        f"{harness.kUser}@127.0.0.1", timeout=90)
        live.check_ok(done, "as Subsystem of sshd")
        live.check_same(live.local / "data", live.tree / "by-sshd", "put", done)
        live.check_same(live.local / "data", live.local / "back-by-sshd", "get", done)
    finally:
        live.finish(server)


def test(live):
    directly(live)
    under_sshd(live)


harness.main(test)
