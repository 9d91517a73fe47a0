"""What the live tests share: a folder of their own, keys, our server, real clients, checks.

A test is a program: `harness.main(test)` calls test(Live) and turns its checks into an exit
status: 0, 1 after a failed check, 77 (which Meson shows as skipped) when a program is missing.
With CI in the environment nothing may be missing: a skip is a failure there.
"""

import contextlib
import hashlib
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

kBuild = pathlib.Path(os.environ.get("NACRE_BUILD", "build")).resolve()
kUser = pwd.getpwuid(os.getuid()).pw_name
kHostKeys = ("ed25519", "ecdsa-256", "rsa-3072")
kEndOfProgram = 20  # seconds within which a program must end after SIGTERM


class Skip(Exception):
    """Something that this test needs is not on this machine."""


def skip(reason):
    raise Skip(reason)


def need(program):
    """The path of a program that somebody else wrote."""
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/usr/lib/openssh") or skip(
        f"{program} is not installed")


def ours(program):
    """The path of one of Nacre's programs in the build folder."""
    return str(kBuild / "tools" / program / program)


def free_port():
    """A TCP port of 127.0.0.1 that nobody listened on just now, for programs that know no port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def random_file(path, size):
    """Makes a file that no compression shortens; returns its SHA-256."""
    source, digest = random.Random(size), hashlib.sha256()
    with open(path, "wb") as file:
        while size > 0:
            block = source.randbytes(min(size, 1 << 20))
            digest.update(block)
            file.write(block)
            size -= len(block)
    return digest.hexdigest()


def wait_until(condition, seconds=20.0):
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def readable(data, limit=6000):
    """Output of a program for a report, cut in the middle when long."""
    text = data.decode(errors="replace") if isinstance(data, bytes) else data
    if len(text) > limit:
        text = text[:limit // 2] + "\n[...]\n" + text[-limit // 2:]
    return text.rstrip("\n")


class Outcome:
    """How a program ended: status (negative: the signal; None: had to be killed), out, err."""

    def __init__(self, command, status, out, err):
        self.command, self.status = [str(word) for word in command], status
        self.bytes, self.error_bytes = out, err

    @property
    def out(self):
        return self.bytes.decode(errors="replace")

    @property
    def err(self):
        return self.error_bytes.decode(errors="replace")

    @property
    def text(self):
        return self.out + self.err

    @property
    def ok(self):
        return self.status == 0

    def report(self):
        status = "did not end in time" if self.status is None else f"status {self.status}"
        return (f"  $ {' '.join(self.command)}\n  {status}\n--- standard output\n"
                f"{readable(self.bytes)}\n--- standard error\n{readable(self.error_bytes)}")


def kill_group(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Server:
    """A running nacre-sftpd."""

    def __init__(self, live, options, **popen):
        self.live, self.name = live, f"server{len(live.servers)}"
        self.log_path = live.dir / f"{self.name}.log"
        port_file = live.dir / f"{self.name}.port"
        # What clients left open must not keep the end of a test waiting.
        drain = () if "--drain-time" in options else ("--drain-time", "2")
        self.command = [ours("nacre-sftpd"), "--listen", "127.0.0.1:0", "--port-file", port_file,
                        *drain, *options]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in self.command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=live.tree, env=live.environment(), start_new_session=True, **popen)
        live.servers.append(self)
        up = wait_until(lambda: self.process.poll() is not None or
                        (port_file.exists() and port_file.read_text().strip()))
        if not up or self.process.poll() is not None:
            raise RuntimeError(f"nacre-sftpd did not start: {self.command}\n{self.log}")
        self.port = int(port_file.read_text().split()[0].rsplit(":", 1)[-1])

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def logged(self, *words, seconds=5.0):
        """Whether a line of the log has all these words, or gets there soon."""
        return wait_until(
            lambda: any(all(word in line for word in words) for line in self.log.splitlines()),
            seconds)

    def stop(self):
        """Ends the server and checks that it goes quietly."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(kEndOfProgram)
        except subprocess.TimeoutExpired:
            status = None
        kill_group(self.process)
        self.process.wait()
        if status != 0:
            self.live.check(False, f"{self.name} ends with status 0 after SIGTERM, not {status}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Live:
    """One test's folder, and everything that happens in it.

    dir/home is $HOME of every program, dir/tree is what the server serves, dir/local is where the
    clients work.
    """

    def __init__(self, folder):
        self.dir = pathlib.Path(folder)
        self.home, self.tree, self.local = (self.dir / n for n in ("home", "tree", "local"))
        for made in (self.home, self.tree, self.local, self.dir / "keys"):
            made.mkdir(mode=0o700)
        self.servers, self.failures, self.checks = [], 0, 0
        self.known_hosts = self.home / "known_hosts"

    # -- checks --------------------------------------------------------------------------------

    def check(self, holds, what, outcome=None):
        """Prints one line; after a failure also what the client and the server had to say."""
        self.checks += 1
        print(("ok      " if holds else "FAILED  ") + what, flush=True)
        if holds:
            return True
        self.failures += 1
        if outcome is not None:
            print(outcome.report())
        self.report_servers()
        return False

    def check_ok(self, outcome, what):
        return self.check(outcome.ok, what, outcome)

    def check_fails(self, outcome, words, what, status=None):
        """The program ends by itself, with a failure, and says one of these words."""
        words = [words] if isinstance(words, str) else words
        said = any(word.lower() in outcome.text.lower() for word in words)
        fit = outcome.status not in (0, None) if status is None else outcome.status == status
        return self.check(fit and said, what, outcome)

    def check_same(self, one, other, what, outcome=None):
        """Both files exist and hold the same bytes."""
        missing = [path for path in (one, other) if not os.path.isfile(path)]
        if missing:
            return self.check(False, f"{what} (no file {missing[0]})", outcome)
        return self.check(sha256(one) == sha256(other), what, outcome)

    def report_servers(self):
        for server in self.servers[-2:]:
            print(f"--- log of {server.name}\n{readable(server.log)}\n---", flush=True)

    # -- programs ------------------------------------------------------------------------------

    def environment(self, **more):
        """A small environment in which no setting of this machine's user counts."""
        kept = {name: os.environ[name] for name in ("PATH", "TZ") if name in os.environ}
        kept["PATH"] = kept.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "TSAN_")):
                kept[name] = value
        return {**kept, "HOME": str(self.home), "LANG": "C.UTF-8", "USER": kUser,
                "LOGNAME": kUser, "TERM": "dumb", **more}

    def run(self, *command, input=b"", timeout=60, cwd=None, env=None, **popen):
        """Runs a client in dir/local and returns its Outcome; it is killed after `timeout` s."""
        if isinstance(input, str):
            input = input.encode()
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=cwd or self.local, env=self.environment(**(env or {})),
            start_new_session=True, **popen)
        try:
            out, err = process.communicate(input, timeout)
            status = process.returncode
        except subprocess.TimeoutExpired:
            kill_group(process)
            out, err = process.communicate()
            status = None
        return Outcome(command, status, out, err)

    def start(self, *command, **popen):
        """Starts a program in the background, in a group of its own; end it with finish()."""
        popen.setdefault("cwd", self.local)
        popen.setdefault("stdin", subprocess.DEVNULL)
        popen.setdefault("env", self.environment())
        return subprocess.Popen([str(word) for word in command], start_new_session=True, **popen)

    @staticmethod
    def finish(process, sig=signal.SIGTERM):
        """Ends a program of start(); its status, or None if it had to be killed."""
        if process.poll() is None:
            process.send_signal(sig)
        try:
            status = process.wait(kEndOfProgram)
        except subprocess.TimeoutExpired:
            status = None
        kill_group(process)
        process.wait()
        return status

    # -- keys ----------------------------------------------------------------------------------

    def key(self, name, kind="ed25519"):
        """The path of a private key without passphrase, made on first use; kind "ecdsa-256" etc."""
        path = self.dir / "keys" / name
        if not path.exists():
            algorithm, _, bits = kind.partition("-")
            made = self.run(need("ssh-keygen"), "-q", "-t", algorithm, *(["-b", bits] if bits else []),
                            "-N", "", "-C", name, "-f", path)
            if not made.ok:
                raise RuntimeError(made.report())
        return path

    def user_key(self, kind="ed25519"):
        return self.key(f"user-{kind}", kind)

    def host_key(self, kind):
        return self.key(f"host-{kind}", kind)

    def fingerprint(self, path):
        """The "SHA256:..." of a key file."""
        return self.run(need("ssh-keygen"), "-l", "-f", f"{path}.pub").out.split()[1]

    def authorize(self, *lines, name="authorized_keys"):
        """An authorized_keys file of these lines: the public half for a path, a string as it is."""
        path = self.home / name
        text = "".join((open(f"{line}.pub").read() if isinstance(line, pathlib.Path) else line + "\n")
                       for line in lines)
        path.write_text(text)
        path.chmod(0o600)
        return path

    # -- our server and OpenSSH's clients ------------------------------------------------------

    def server(self, *options, root=None, host_keys=kHostKeys, authorized=True, **popen):
        """A server of dir/tree for kUser, with the ed25519 user key; known_hosts is made for it."""
        chosen = ["--root", root or self.tree]
        for kind in host_keys:
            chosen += ["--host-key", self.host_key(kind)]
        if authorized:
            chosen += ["--authorized-keys", self.authorize(self.user_key())]
        running = Server(self, [*chosen, *options], **popen)
        self.know(running.port, host_keys)
        return running

    def know(self, port, host_keys=kHostKeys):
        with open(self.known_hosts, "a") as file:
            for kind in host_keys:
                line = open(f"{self.host_key(kind)}.pub").read().split()
                file.write(f"[127.0.0.1]:{port} {line[0]} {line[1]}\n")

    def ssh_options(self, *more, key=True):
        """Options for ssh, sftp and scp that leave this machine's own configuration alone."""
        chosen = ["-F", "none"]
        settings = ["GlobalKnownHostsFile=none", f"UserKnownHostsFile={self.known_hosts}",
                    "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "IdentitiesOnly=yes",
                    "IdentityAgent=none", "ConnectTimeout=20"]
        if key:
            path = self.user_key() if key is True else key
            settings += ["BatchMode=yes", f"IdentityFile={path}"]
        for setting in [*settings, *more]:
            chosen += ["-o", setting]
        return chosen

    def ssh(self, server, *command, options=(), arguments=(), key=True, user=kUser, **running):
        return self.run(need("ssh"), *self.ssh_options(*options, key=key), "-p", server.port,
                        *arguments, f"{user}@127.0.0.1", *command, **running)

    def sftp(self, server, *commands, options=(), arguments=(), key=True, user=kUser, **running):
        """Runs a batch, one command a string; it ends at the first that fails ("-cmd" may)."""
        batch = self.dir / "batch"
        batch.write_text("".join(line + "\n" for line in commands))
        return self.run(need("sftp"), *self.ssh_options(*options, key=key), "-P", server.port,
                        *arguments, "-b", batch, f"{user}@127.0.0.1", **running)


def main(test):
    """Runs a test in a new folder, which it removes; does not return."""
    os.umask(0o022)
    status = 1
    # Short and on this machine: the paths of Unix sockets have a limit.
    with tempfile.TemporaryDirectory(prefix="nacre-live-") as folder:
        live = Live(folder)
        try:
            test(live)
            if live.checks == 0:
                print("FAILED  nothing was checked")
            elif live.failures == 0:
                status = 0
        except Skip as reason:
            print(f"skipped: {reason}")
            status = 1 if os.environ.get("CI") or live.failures else 77
        except Exception:
            traceback.print_exc(file=sys.stdout)
            live.report_servers()
        finally:
            for server in live.servers:
                kill_group(server.process)
                server.process.wait()
    sys.exit(status)
