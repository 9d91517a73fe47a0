"""nacre-sftp against ProFTPD's mod_sftp, in all the versions that it speaks."""

import grp
import os
import pathlib
import pwd
import shutil

import harness

kUnpacked = pathlib.Path(__file__).resolve().parents[2] / "subprojects/proftpd"


def find():
    """The program and the folder of its modules: unpacked by tools/setup, or installed."""
    for root in (kUnpacked, pathlib.Path("/")):
        program, modules = root / "usr/sbin/proftpd", root / "usr/lib/proftpd"
        if program.exists() and (modules / "mod_sftp.so").exists():
            return program, modules
    harness.skip("ProFTPD with mod_sftp is not there (tools/setup --tests fetches it)")


class ProFtpd:
    """ProFTPD as this user: SSH only, with keys, files below dir/tree."""

    def __init__(self, live):
        self.live, self.port = live, harness.free_port()
        program, modules = find()
        me = pwd.getpwuid(os.getuid())
        state = live.dir / "proftpd"
        state.mkdir()
        users = state / "users"
        users.write_text(f"{me.pw_name}:*:{me.pw_uid}:{me.pw_gid}::{live.tree}:/bin/sh\n")
        keys = state / "keys"
        keys.write_text(live.run(harness.need("ssh-keygen"), "-e", "-f",
                                 f"{live.user_key()}.pub").out)
        host_key = state / "host_key"
        shutil.copy(live.host_key("ecdsa-256"), host_key)
        # An old form of private keys, which all releases read.
        made = live.run(harness.need("ssh-keygen"), "-p", "-q", "-m", "PEM", "-N", "",
                        "-f", host_key)
        live.check_ok(made, "a host key for ProFTPD")
        for file in (users, keys, host_key):
            file.chmod(0o600)
        live.know(self.port, ("ecdsa-256",))
        self.log_path, self.output = state / "log", state / "output"
        config = state / "config"
        config.write_text("\n".join([
            "ServerType standalone", "DefaultAddress 127.0.0.1", f"Port {self.port}",
            "UseIPv6 off", f"User {me.pw_name}", f"Group {grp.getgrgid(me.pw_gid).gr_name}",
            f"PidFile {state}/pid", "ScoreboardFile none", f"SystemLog {self.log_path}",
            "WtmpLog off", "TransferLog none", f"ModulePath {modules}", "LoadModule mod_sftp.c",
            "AuthOrder mod_auth_file.c", f"AuthUserFile {users}", "RequireValidShell off",
            "RootLogin on", "UseFtpUsers off", "AllowOverwrite on", "AllowStoreRestart on",
            "Umask 022",
            "<IfModule mod_ctrls.c>", "ControlsEngine off", "</IfModule>",
            "<IfModule mod_delay.c>", "DelayEngine off", "</IfModule>",
            "SFTPEngine on", f"SFTPHostKey {host_key}", f"SFTPLog {self.log_path}",
            f"SFTPAuthorizedUserKeys file:{keys}", "SFTPAuthMethods publickey"]) + "\n")
        with open(self.output, "wb") as output:
            self.process = live.start(program, "--nodaemon", "--config", config, stdout=output,
                                      stderr=output)
        harness.wait_until(lambda: "standalone mode STARTUP" in self.log or
                           self.process.poll() is not None)
        if "standalone mode STARTUP" not in self.log or self.process.poll() is not None:
            raise RuntimeError(f"ProFTPD did not start\n{self.log}")

    @property
    def log(self):
        return "".join(path.read_text(errors="replace") for path in (self.output, self.log_path)
                       if path.exists())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.live.failures:
            print(f"--- log of ProFTPD\n{harness.readable(self.log)}")
        self.live.finish(self.process)


def operations(live, server, version):
    tree, data = live.tree, live.local / "data"

    def client(*command, **more):
        return live.run(harness.ours("nacre-sftp"), "-q", "-P", server.port, "-i", live.user_key(),
                        "--known-hosts", live.known_hosts, "--sftp-version", version,
                        f"{harness.kUser}@127.0.0.1", *command, **more)

    done = client(input="version\npwd\n")
    live.check(f"version {version}\n" in done.out and str(tree) in done.out,
               f"version {version} is spoken", done)
    for size in (0, 1, 5_000_003):
        harness.random_file(data, size)
        done = client("put", "data", "up")
        live.check_same(data, tree / "up", f"put of {size} bytes", done)
        done = client("get", "up", "down")
        live.check_same(data, live.local / "down", f"get of {size} bytes", done)
    content = data.read_bytes()
    (tree / "up").write_bytes(content[:2_000_000])
    done = client("reput", "data", "up")
    live.check_same(data, tree / "up", "reput goes on", done)
    (live.local / "down").write_bytes(content[:2_000_000])
    done = client("reget", "up", "down")
    live.check_same(data, live.local / "down", "reget goes on", done)

    os.utime(tree / "up", (1_400_000_000, 1_500_000_000))
    done = client("stat", "up")
    live.check(done.ok and "5000003" in done.out and "2017-07-14 02:40:00" in done.out, "stat",
               done)
    done = client("ls", "-l")
    live.check(done.ok and "up" in done.out and "5000003" in done.out, "ls -l", done)
    (tree / "many").mkdir()
    for number in range(500):
        (tree / "many" / f"file{number}").touch()
    done = client("ls", "many")
    live.check(done.ok and done.out.count("file") == 500, "ls of 500 files", done)
    shutil.rmtree(tree / "many")
    done = client("chmod", "640", "up")
    live.check(done.ok and (tree / "up").stat().st_mode & 0o777 == 0o640, "chmod", done)
    done = client("mkdir", "made")
    live.check(done.ok and (tree / "made").is_dir(), "mkdir", done)
    done = client("rename", "up", "made/moved")
    live.check(done.ok and (tree / "made/moved").exists() and not (tree / "up").exists(), "rename",
               done)
    done = client("ln", "-s", "made/moved", "soft")
    live.check(done.ok and os.path.lexists(tree / "soft"), "ln -s", done)
    if os.path.islink(tree / "soft"):
        live.check((tree / "soft").samefile(tree / "made/moved"),
                   f"ln -s names its target ({os.readlink(tree / 'soft')})", done)
        done = client("readlink", "soft")
        live.check(done.ok and "made/moved" in done.out, "readlink", done)
        (tree / "soft").unlink()
    done = client("ln", "made/moved", "hard")
    live.check(done.ok and (tree / "hard").samefile(tree / "made/moved"), "ln", done)
    if version >= 5:  # it does not tell of copy-file before
        done = client("copy", "made/moved", "copied")
        live.check_same(data, tree / "copied", "copy on the server", done)
    (tree / "copied").write_bytes(content[:3_000_000])
    done = client("reput", "-A", "data", "copied")
    live.check_same(data, tree / "copied", "reput that compares first", done)
    for name in ("hard", "copied"):
        (tree / name).unlink(missing_ok=True)
    done = client("df")
    live.check(done.ok and done.out.strip() != "", "df", done)
    done = client("rm", "made/moved")
    live.check(done.ok and not (tree / "made/moved").exists(), "rm", done)
    done = client("rmdir", "made")
    live.check(done.ok and not (tree / "made").exists(), "rmdir", done)
    source = live.local / "source"
    for number in range(12):
        (source / f"f{number % 3}").mkdir(parents=True, exist_ok=True)
        (source / f"f{number % 3}" / str(number)).write_bytes(b"x" * number * 1000)
    done = client("put", "-rp", "source", "copy")
    live.check_ok(done, "put of a tree")
    live.check_ok(live.run("diff", "-r", source, tree / "copy"), "the tree that was put")
    done = client("get", "-rp", "copy", "back")
    live.check_ok(done, "get of a tree")
    live.check_ok(live.run("diff", "-r", source, live.local / "back"), "the tree that was got")
    for folder in (tree / "copy", live.local / "back"):
        shutil.rmtree(folder, ignore_errors=True)
    for command in ("get", "rm", "stat", "ls", "rmdir"):
        live.check_fails(client(command, "missing"), ["no such", "not found"],
                         f"{command} of what is missing", status=1)


def test(live):
    with ProFtpd(live) as server:
        for version in (3, 4, 5, 6):
            print(f"-- version {version}")
            operations(live, server, version)


harness.main(test)
