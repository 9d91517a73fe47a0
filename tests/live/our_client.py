"""nacre-sftp against OpenSSH's sshd with its own sftp-server, and against nacre-sftpd."""

import os

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


def client(live, server, *command, key=None, known_hosts=None, **running):
    return live.run(harness.ours("nacre-sftp"), "-P", server.port, "-i", key or live.user_key(),
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
    with live.server("--kex", "mlkem768x25519-sha256") as server:
        live.check_ok(client(live, server, "ls"), "mlkem768x25519-sha256 with nacre-sftpd")


harness.main(test)
