"""How nacre-sftpd is started and ended: options, files, defaults, signals, --inetd."""

import re
import signal
import socket
import stat

import harness

# 2048 bits, odd, as is the half of it; the product of two primes.
kComposite = (2**1024 - 105) * (2**1024 - 179)


def mistakes(live):
    program = harness.ours("nacre-sftpd")
    open_key = live.key("open")
    open_key.chmod(0o644)
    no_key = live.home / "no-key"
    no_key.write_text("nothing\n")
    no_key.chmod(0o600)
    bad_config = live.home / "bad.toml"
    bad_config.write_text("listen = [\n")
    odd_config = live.home / "odd.toml"
    odd_config.write_text('no-such-name = "x"\n')
    composite = live.home / "composite-moduli"
    composite.write_text(f"20260101000000 2 6 100 2047 2 {kComposite:X}\n")
    key = live.host_key("ed25519")
    listen = ("--listen", "127.0.0.1:0", "--host-key", key, "--root", live.tree)
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    for what, options in {
            "an unknown option": ("--no-such-option",),
            "an argument too many": ("argument",),
            "a port that is none": ("--listen", "127.0.0.1:70000"),
            "an address that is none": ("--listen", "nonsense"),
            "a port that is taken": ("--listen", f"127.0.0.1:{taken.getsockname()[1]}", *listen[2:]),
            "a folder that is missing": ("--listen", "127.0.0.1:0", "--host-key", key, "--root",
                                         live.dir / "missing"),
            "a root that is a file": ("--listen", "127.0.0.1:0", "--host-key", key, "--root", no_key),
            "a host key that is missing": ("--listen", "127.0.0.1:0", "--host-key", live.dir / "missing"),
            "a host key that others may read": ("--listen", "127.0.0.1:0", "--host-key", open_key),
            "a host key that is none": ("--listen", "127.0.0.1:0", "--host-key", no_key),
            "an unknown kex": (*listen, "--kex", "no-such-kex"),
            "an unknown cipher": (*listen, "--ciphers", "aes128-ctr,no-such-cipher"),
            "an unknown MAC": (*listen, "--macs", ""),
            "an unknown host key algorithm": (*listen, "--host-key-algorithms", "ssh-nothing"),
            "an unknown compression": (*listen, "--compression", "lzma"),
            "an unknown strict-kex mode": (*listen, "--strict-kex", "maybe"),
            "a number that is none": (*listen, "--rekey-bytes", "many"),
            "threads that are none": (*listen, "--threads", "0"),
            "a log level that is none": (*listen, "--log-level", "loud"),
            "a password file that is missing": (*listen, "--password-file", live.dir / "missing"),
            "a password file that is no hash": (*listen, "--password-file", no_key),
            "a moduli file that is missing": (*listen, "--moduli", live.dir / "missing"),
            "a moduli file with a composite": (*listen, "--kex", "diffie-hellman-group-exchange-sha256",
                                               "--moduli", composite),
            "a configuration that is missing": ("--config", live.dir / "missing"),
            "a configuration that is no TOML": ("--config", bad_config),
            "a configuration with an unknown name": ("--config", odd_config),
            "a port file that cannot be written": (*listen, "--port-file", "/nowhere/at/all"),
            "a PID file that cannot be written": (*listen, "--pid-file", "/nowhere/at/all"),
    }.items():
        done = live.run(program, *options, timeout=15)
        lines = done.err.strip().splitlines()
        # Warnings and the log of the start may stand before it.
        live.check(done.status == 2 and len(lines) >= 1 and
                   len([line for line in lines if "terminate" in line or "exception" in line]) == 0 and
                   (len(lines) == 1 or "--listen" in options), f"{what}: one line and status 2", done)
        if "composite" in what:
            live.check("composite-moduli" in done.err and "not a safe prime" in done.err,
                       f"{what}: the line names the file and the fault", done)
    taken.close()
    for option in ("--help", "--version"):
        done = live.run(program, option)
        live.check(done.ok and done.out and not done.err, f"{option} goes to standard output", done)


def options(live):
    pid_file = live.dir / "pid"
    config = live.home / "nacre.toml"
    config.write_text(f'root = "{live.tree}"\nread-only = true\nthreads = 2\nlog-level = "info"\n'
                      f'host-key = ["{live.host_key("ed25519")}"]\nversion-comment = "from a file"\n')
    (live.tree / "seen").write_text("seen")
    server = harness.Server(live, ["--config", config, "--pid-file", pid_file, "--listen", "[::1]:0",
                                   "--authorized-keys", live.authorize(live.user_key())])
    with server:
        live.know(server.port)
        done = live.sftp(server, "ls", arguments=("-v",))
        live.check(done.ok and "seen" in done.out and "from a file" in done.err,
                   "--config, and --version-comment in the identification", done)
        live.check_fails(live.sftp(server, f"put {live.user_key()} x"), "permission denied",
                         "read-only from the file")
        live.check(int(pid_file.read_text()) == server.process.pid, "--pid-file")
        ports = (live.dir / f"{server.name}.port").read_text().split()
        live.check(len(ports) == 2 and all(re.search(r"\d+$", port) for port in ports),
                   f"--port-file has the port of each --listen: {ports}")
        with socket.create_connection(("::1", int(ports[1].rsplit(":", 1)[-1])), 10) as peer:
            live.check(peer.recv(8) == b"SSH-2.0-", "IPv6")
    live.check(not pid_file.exists(), "the PID file goes with the server")


def signals(live):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with live.server() as server:
            running = live.start(harness.need("ssh"), *live.ssh_options(), "-p", server.port, "-s",
                                 f"{harness.kUser}@127.0.0.1", "sftp", stdin=-1, stdout=-1, stderr=-1)
            running.stdin.write(b"\0\0\0\5\1\0\0\0\3")
            running.stdin.flush()
            live.check(running.stdout.read(5)[4:] == b"\2", "a session is open")
            idle = socket.create_connection(("127.0.0.1", server.port), 10)
            server.process.send_signal(number)
            try:
                status = server.process.wait(harness.kEndOfProgram)
            except Exception:
                status = None
            live.check(status == 0, f"{number.name} ends it with status 0 while a client is connected")
            out, err = running.communicate(timeout=20)
            live.check(running.returncode == 255, "and the client is told", harness.Outcome(
                ["ssh"], running.returncode, out, err))
            idle.close()
            live.check("closed" in server.log, "and the log has the end of the connection")


def inetd(live):
    key = live.host_key("ed25519")
    log = live.dir / "inetd.log"
    proxy = (f"{harness.ours('nacre-sftpd')} --inetd --root {live.tree} --host-key {key} "
             f"--authorized-keys {live.authorize(live.user_key())} 2>{log}")
    words = open(f"{key}.pub").read().split()[:2]
    with open(live.known_hosts, "a") as file:
        file.write(f"inetd {' '.join(words)}\n")
    batch = live.dir / "batch"
    batch.write_text("put data up\nget up down\n")
    harness.random_file(live.local / "data", 5_000_003)
    done = live.run(harness.need("sftp"), *live.ssh_options(f"ProxyCommand={proxy}"), "-b", batch,
                    f"{harness.kUser}@inetd")
    live.check_same(live.local / "data", live.local / "down", "--inetd serves a connection", done)
    # The client hangs up on its ProxyCommand when it is done.
    harness.wait_until(lambda: "closed" in log.read_text(), 10)
    text = log.read_text()
    live.check("closed" in text, "--inetd: the log goes to standard error and ends: " + text)
    done = live.run(harness.ours("nacre-sftpd"), "--inetd", "--root", live.tree, "--host-key", key,
                    "--authorized-keys", live.authorize(live.user_key()), input=b"nonsense\r\n" * 3)
    live.check(done.status is not None and done.bytes.startswith(b"SSH-2.0-"),
               "--inetd ends when its input does", done)


def start_without_arguments(live, home):
    """A server with no option but, where port 2022 is taken, another one; its port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 2022))
            port, more = 2022, []
        except OSError:
            port = harness.free_port()
            more = ["--listen", f"127.0.0.1:{port}"]
            print(f"        (port 2022 is taken: {more})")
    out = live.dir / "default.log"
    with open(out, "wb") as log:
        process = live.start(harness.ours("nacre-sftpd"), *more, stdout=log, stderr=log, cwd=live.tree,
                             env=live.environment(HOME=str(home)))
    if not harness.wait_until(lambda: process.poll() is not None or f"sftp -P {port}" in out.read_text(),
                              60):
        live.check(False, "the default run prints the sftp line\n" + out.read_text())
    return process, port, out.read_text()


def defaults(live):
    home = live.dir / "owner"
    home.mkdir(mode=0o700)
    asker = live.dir / "askpass"
    (live.tree / "in-current-folder").write_text("x")
    first = []
    for run in ("first", "second"):
        process, port, text = start_without_arguments(live, home)
        try:
            prints = sorted(re.findall(r"SHA256:[A-Za-z0-9+/]{43}", text))
            live.check(len(set(prints)) == 3, f"{run} run: three fingerprints are printed\n{text}")
            if run == "first":
                first = prints
            else:
                live.check(prints == first, "second run: the host keys are kept")
            said = re.search(r"password[^\n:]*: *(\S{8,})", text)
            if not live.check(said is not None, f"{run} run: a random password is printed\n{text}"):
                continue
            live.check(f"sftp -P {port} {harness.kUser}@127.0.0.1" in text,
                       f"{run} run: the sftp line is printed\n{text}")
            (live.dir / "answer").write_text(said[1] + "\n")
            asker.write_text(f"#!/bin/sh\ncat {live.dir}/answer\n")
            asker.chmod(0o700)
            batch = live.dir / "batch"
            batch.write_text("ls\n")
            # The first setting of an option counts; -b asks for BatchMode, which never asks.
            done = live.run(harness.need("sftp"), "-F", "none", "-o", "BatchMode=no", "-o",
                            "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
                            "PubkeyAuthentication=no", "-P", port, "-b", batch,
                            f"{harness.kUser}@127.0.0.1",
                            env={"SSH_ASKPASS": str(asker), "SSH_ASKPASS_REQUIRE": "force"})
            live.check(done.ok and "in-current-folder" in done.out,
                       f"{run} run: the password opens the current folder\n{text}", done)
        finally:
            live.check(live.finish(process) == 0, f"{run} run: it ends with status 0")
    keys = [path for path in (home / ".local/state/nacre").iterdir() if not path.name.endswith(".pub")]
    live.check(len(keys) >= 3 and all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in keys),
               f"the host keys are in the state folder, and private: {keys}")

    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh/authorized_keys").write_text(open(f"{live.user_key()}.pub").read())
    (home / ".ssh/authorized_keys").chmod(0o600)
    process, port, text = start_without_arguments(live, home)
    try:
        live.check("password" not in text.lower() or "no password" in text.lower(),
                   f"with authorized_keys no password is made\n{text}")
        for key in (home / ".local/state/nacre").glob("*.pub"):
            with open(live.known_hosts, "a") as file:
                file.write(f"[127.0.0.1]:{port} {key.read_text()}\n")
        batch = live.dir / "batch"
        batch.write_text("ls\n")
        done = live.run(harness.need("sftp"), *live.ssh_options(), "-P", port, "-b", batch,
                        f"{harness.kUser}@127.0.0.1")
        live.check(done.ok and "in-current-folder" in done.out, "~/.ssh/authorized_keys opens it", done)
    finally:
        live.finish(process)


def bad_input(live):
    """Nonsense on the wire ends that connection, leaves a line in the log, and nothing else."""
    with live.server() as server:
        for what, data in {
                "HTTP": b"GET / HTTP/1.0\r\n\r\n" * 40,
                "SSH 1": b"SSH-1.5-old\r\n",
                "a long line": b"x" * 70_000,
                "a packet that is too long": b"SSH-2.0-x\r\n" + b"\xff" * 64,
                "a packet that is too short": b"SSH-2.0-x\r\n" + b"\0" * 64,
                "a message out of place": b"SSH-2.0-x\r\n\0\0\0\x0c\x0a\x32" + b"\0" * 200,
                "nothing": b"",
        }.items():
            with socket.create_connection(("127.0.0.1", server.port), 10) as peer:
                peer.settimeout(20)
                before = server.log.count("closed")
                try:
                    peer.sendall(data)
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(65536):
                        pass
                except ConnectionError:
                    pass
                live.check(harness.wait_until(lambda: server.log.count("closed") > before),
                           f"{what}: the connection ends, with a line in the log")
        live.check_ok(live.sftp(server, "pwd"), "and the server goes on")


def test(live):
    harness.need("sftp")
    mistakes(live)
    options(live)
    signals(live)
    inetd(live)
    bad_input(live)
    defaults(live)


harness.main(test)
