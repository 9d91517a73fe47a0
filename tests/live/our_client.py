"""nacre-sftp against OpenSSH's sshd with its own sftp-server, and against nacre-sftpd."""

import os
import shutil

import harness

kAlgorithms = {
    "KexAlgorithms": ("sntrup761x25519-sha512@openssh.com", "curve25519-sha256",
                      "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"),
    "Ciphers": ("chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com",
                "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"),
    "MACs": ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha2-256-etm@openssh.com",
             "hmac-sha2-512-etm@openssh.com", "umac-64@openssh.com", "umac-128@openssh.com",
             "umac-64-etm@openssh.com", "umac-128-etm@openssh.com"),
}
kKeys = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-3072")


class Sshd:
    """OpenSSH's server, run as this user."""

    def __init__(self, live, *settings, host_keys=("ed25519",)):
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.live, self.port = live, harness.free_port()
        sftp_server = harness.need("sftp-server")
        config = live.dir / f"sshd_config{self.port}"
        config.write_text("\n".join([
            f"ListenAddress 127.0.0.1:{self.port}", "PidFile none", "StrictModes no", "UsePAM no",
            *(f"HostKey {live.host_key(kind)}" for kind in host_keys),
            f"AuthorizedKeysFile {live.home}/authorized_keys", "PermitRootLogin yes",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "LogLevel DEBUG1",
            f"Subsystem sftp {sftp_server} -d {live.tree}", *settings]) + "\n")
        live.know(self.port, host_keys)
        self.log_path = live.dir / f"sshd{self.port}.log"
        with open(self.log_path, "wb") as log:
            self.process = live.start(harness.need("sshd"), "-D", "-e", "-f", config, stdout=log,
                                      stderr=log)
        if not harness.wait_until(lambda: "Server listening" in self.log):
            raise RuntimeError(f"sshd did not start\n{self.log}")

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.live.finish(self.process)


def client(live, server, *command, key=None, known_hosts=None, options=(), **running):
    return live.run(harness.ours("nacre-sftp"), *options, "-P", server.port, "-i", key or live.user_key(),
                    "--known-hosts", known_hosts or live.known_hosts,
                    f"{harness.kUser}@127.0.0.1", *command, **running)


def operations(live, server, name):
    data, tree = live.local / "data", live.tree
    for size in (0, 1, 32768, 20_000_003):
        harness.random_file(data, size)
        done = client(live, server, "put", "data", "up")
        live.check_same(data, tree / "up", f"{name}: put of {size} bytes", done)
        done = client(live, server, "get", "up", "down")
        live.check_same(data, live.local / "down", f"{name}: get of {size} bytes", done)
    live.check("\r" not in done.text, f"{name}: no progress bar without a terminal", done)
    done = client(live, server, "stat", "up")
    live.check(done.ok and "20000003" in done.out, f"{name}: stat", done)
    done = client(live, server, "ls")
    live.check(done.ok and "up" in done.out, f"{name}: ls", done)
    done = client(live, server, "mkdir", "made")
    live.check(done.ok and (tree / "made").is_dir(), f"{name}: mkdir", done)
    done = client(live, server, "rename", "up", "made/moved")
    live.check(done.ok and (tree / "made/moved").exists(), f"{name}: rename", done)
    done = client(live, server, "df")
    live.check(done.ok and done.out.strip() != "", f"{name}: df", done)
    done = client(live, server, "rm", "made/moved")
    live.check(done.ok and not (tree / "made/moved").exists(), f"{name}: rm", done)
    for command in (("get", "missing"), ("rm", "missing"), ("stat", "missing"), ("ls", "missing")):
        live.check_fails(client(live, server, *command), ["no such file", "not found"],
                         f"{name}: {command[0]} of a file that is missing", status=1)
    (tree / "made").rmdir()


def same_tree(live, one, other, what, done):
    """Both folders hold the same names, with the same bytes, modes and times (to the second)."""
    def facts(root):
        found = {}
        for path in sorted(root.rglob("*")):
            status = path.lstat()
            name = str(path.relative_to(root))
            if path.is_symlink():
                found[name] = ("link", os.readlink(path))
            elif path.is_dir():
                found[name] = ("folder", status.st_mode, int(status.st_mtime))
            else:
                found[name] = (harness.sha256(path), status.st_mode, int(status.st_mtime))
        return found
    ours, theirs = facts(one), facts(other)
    live.check(ours != {} and ours == theirs, what, done)
    if ours != theirs:
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                print(f"  {name}: {ours.get(name)} / {theirs.get(name)}")


def trees(live, server, name, *options):
    """Folders both ways, with times and modes; and patterns."""
    source = live.local / "source"
    shutil.rmtree(source, ignore_errors=True)
    for number in range(12):
        folder = source / f"f{number % 4}" / "deep" / "er"
        folder.mkdir(parents=True, exist_ok=True)
        for part in range(20):
            (folder / f"{number}-{part}").write_bytes(f"{number} {part}".encode() * part)
    harness.random_file(source / "large", 3_000_001)
    (source / "empty").mkdir()
    (source / "blank and 'quote").write_text("x")
    (source / "large").chmod(0o640)
    (source / "f1").chmod(0o750)
    for path in sorted(source.rglob("*"), reverse=True):
        os.utime(path, (1_500_000_000, 1_400_000_000 + len(path.name)))
    done = client(live, server, "put", "-rp", "source", "trees", options=options)
    live.check_ok(done, f"{name}: put of a tree")
    same_tree(live, source, live.tree / "trees", f"{name}: the tree that was put", done)
    done = client(live, server, "get", "-rp", "trees", "trees", options=options)
    live.check_ok(done, f"{name}: get of a tree")
    same_tree(live, source, live.local / "trees", f"{name}: the tree that was got", done)
    (live.local / "into").mkdir(exist_ok=True)
    done = client(live, server, "get", "trees/f1/deep/er/1-1*", "into", options=options)
    names = sorted(path.name for path in (live.local / "into").iterdir())
    live.check(done.ok and names == sorted(["1-1"] + [f"1-1{n}" for n in range(10)]),
               f"{name}: get of a pattern {names}", done)
    shutil.rmtree(live.local / "into")
    (live.tree / "link").symlink_to("/etc")
    os.rename(live.tree / "link", live.tree / "trees/link")
    done = client(live, server, "get", "-r", "trees", "again", options=options)
    live.check(done.ok and not os.path.lexists(live.local / "again/link"),
               f"{name}: links are left out", done)
    for path in (live.tree / "trees", live.local / "trees", live.local / "again"):
        shutil.rmtree(path)


def resuming(live, server, name, *options):
    whole = live.local / "whole"
    harness.random_file(whole, 2_000_003)
    content = whole.read_bytes()
    for there in (0, 1, 1_000_000, len(content)):
        (live.tree / "part").write_bytes(content[:there])
        done = client(live, server, "reput", "whole", "part", options=options)
        live.check_same(whole, live.tree / "part", f"{name}: reput after {there} bytes", done)
        (live.local / "part").write_bytes(content[:there])
        done = client(live, server, "reget", "part", "part", options=options)
        live.check_same(whole, live.local / "part", f"{name}: reget after {there} bytes", done)
    (live.tree / "part").write_bytes(content + b"more")
    done = client(live, server, "reput", "whole", "part", options=options)
    live.check_fails(done, "longer", f"{name}: reput of what is longer there", status=1)
    (live.tree / "part").unlink()


def batches(live, server, name, *options):
    harness.random_file(live.local / "data", 1000)
    commands = """
        # a comment
        mkdir "a folder"
        cd "a folder"
        put data 'one file'
        ln -s "one file" soft
        ln "one file" hard
        chmod 600 "one file"
        -rm missing
        @ls -l
        rename hard "with \\* star"
        get with\\ \\*\\ star back
        pwd
        rm soft "one file" with*
        cd ..
        rmdir a*r
        df
    """
    done = client(live, server, options=("-b", "-", *options), input=commands)
    live.check_ok(done, f"{name}: a batch")
    live.check_same(live.local / "data", live.local / "back", f"{name}: what the batch got", done)
    live.check("missing" in done.err and "a folder" in done.out, f"{name}: what a batch shows", done)
    done = client(live, server, options=("-b", "-", *options), input="rm missing\nmkdir never\n")
    live.check(done.status == 1 and not (live.tree / "never").exists(),
               f"{name}: a batch ends at what fails", done)
    done = client(live, server, options=options, input="rm missing\nmkdir made\nrmdir made\nbye\n")
    live.check(done.ok and "missing" in done.err, f"{name}: what is typed goes on", done)


def refusals(live, server):
    empty = live.home / "no_hosts"
    empty.touch()
    live.check_fails(client(live, server, "ls", known_hosts=empty), ["host key", "unknown", "not known"],
                     "an unknown host key is refused")
    words = open(f"{live.key('stranger')}.pub").read().split()
    empty.write_text(f"[127.0.0.1]:{server.port} {words[0]} {words[1]}\n")
    live.check_fails(client(live, server, "ls", known_hosts=empty), ["host key", "changed", "mismatch"],
                     "another host key is refused")
    live.check_fails(client(live, server, "ls", key=live.key("stranger")),
                     ["denied", "refused", "authentication", "log in", "login"], "a wrong key is refused")
    hashed = live.home / "hashed"
    hashed.write_text(live.known_hosts.read_text())
    live.run(harness.need("ssh-keygen"), "-H", "-f", hashed)
    done = client(live, server, "ls", known_hosts=hashed)
    live.check_ok(done, "hashed known_hosts")
    done = live.run(harness.ours("nacre-sftp"), "--no-such-option")
    live.check(done.status == 2 and len(done.err.strip().splitlines()) == 1,
               "a wrong option: one line and status 2", done)


def test(live):
    harness.need("sshd")
    live.authorize(*(live.user_key(kind) for kind in kKeys))
    with Sshd(live) as server:
        operations(live, server, "sshd")
        trees(live, server, "sshd")
        resuming(live, server, "sshd")
        batches(live, server, "sshd")
        refusals(live, server)
        for kind in kKeys:
            live.check_ok(client(live, server, "ls", key=live.user_key(kind)), f"user key {kind}")
    harness.random_file(live.local / "data", 500_001)
    for setting, names in kAlgorithms.items():
        for name in names:
            more = ["Ciphers aes128-ctr"] if setting == "MACs" else []
            with Sshd(live, f"{setting} {name}", *more) as server:
                done = client(live, server, "put", "data", "algorithm")
                live.check_same(live.local / "data", live.tree / "algorithm", f"{setting} {name}", done)
                (live.tree / "algorithm").unlink(missing_ok=True)
    for kind in kKeys:
        with Sshd(live, host_keys=(kind,)) as server:
            live.check_ok(client(live, server, "ls"), f"host key {kind}")
    with Sshd(live, "RekeyLimit 1M") as server:
        harness.random_file(live.local / "data", 50_000_017)
        done = client(live, server, "put", "data", "rekeyed", timeout=120)
        live.check_same(live.local / "data", live.tree / "rekeyed", "put with RekeyLimit 1M", done)
        done = client(live, server, "get", "rekeyed", "down", timeout=120)
        live.check_same(live.local / "data", live.local / "down", "get with RekeyLimit 1M", done)
        live.check(server.log.count("SSH2_MSG_NEWKEYS received") > 40, "new keys for each MiB")

    with live.server() as server:
        operations(live, server, "nacre-sftpd")
        for version in (3, 4, 5, 6):
            options = ("--sftp-version", str(version))
            name = f"nacre-sftpd, version {version}"
            done = client(live, server, options=("-b", "-", *options), input="version\n")
            live.check(f"version {version}\n" in done.out, f"{name}: is spoken", done)
            trees(live, server, name, *options)
            resuming(live, server, name, *options)
            batches(live, server, name, *options)
    with live.server("--kex", "mlkem768x25519-sha256") as server:
        live.check_ok(client(live, server, "ls"), "mlkem768x25519-sha256 with nacre-sftpd")


if __name__ == "__main__":
    harness.main(test)
