"""Starts SFTP servers side by side on loopback, for tools/compare-peers: ours and other people's.

Each runs as the current user, with keys and a configuration of its own in a temporary folder, on a
port that was free, and in a control group of its own where one can be made.
"""

import glob
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

START_SECONDS = 60
END_SECONDS = 20
HERTZ = os.sysconf("SC_CLK_TCK")
# First and second version. The first has one folder for each kind of thing that it counts.
CGROUPS = ("/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup")

ASYNCSSH = """
import asyncio, sys
import asyncssh

async def serve(port, host_key, authorized_keys):
    await asyncssh.listen("127.0.0.1", int(port), server_host_keys=[host_key],
                          authorized_client_keys=authorized_keys, sftp_factory=True,
                          allow_scp=False)
    await asyncio.Event().wait()

asyncio.run(serve(*sys.argv[1:]))
"""


class Missing(Exception):
    """A server that is not installed, or does not start here."""


PROGRAM_FOLDERS = "/usr/sbin:/sbin:/usr/lib/openssh"


def find_program(name):
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{PROGRAM_FOLDERS}")
    if path is None:
        raise Missing(f"{name} is not installed")
    return path


class System:
    """Where a server's program is: this machine, or another system in a folder, as debootstrap
    makes one. That one gets this machine's /dev/shm, /dev/null and /proc, until close()."""

    def __init__(self, root=None):
        self.root = root
        self.mounted = []
        if root is None:
            return
        if os.getuid() != 0:
            raise Missing(f"{root}: only root can run programs of another system")
        (root / "run/sshd").mkdir(parents=True, exist_ok=True)
        for shared in ("/dev/shm", "/dev/null", "/dev/zero", "/dev/urandom", "/proc"):
            there = root / shared[1:]
            if os.path.ismount(there) or there.is_char_device():
                continue
            if os.path.isdir(shared):
                there.mkdir(parents=True, exist_ok=True)
            else:
                there.touch()
            done = subprocess.run(["mount", "--bind", shared, there], capture_output=True,
                                  text=True, check=False)
            if done.returncode != 0:
                self.close()
                raise Missing(f"{there}: {done.stderr.strip()}")
            self.mounted.append(there)

    @property
    def title(self):
        """Behind the name of a peer there."""
        return f"@{self.root.name or 'root'}" if self.root else ""

    def find(self, name):
        """A program there, as it is called there."""
        if self.root is None:
            return find_program(name)
        for folder in f"/usr/bin:/bin:{PROGRAM_FOLDERS}".split(":"):
            if os.access(f"{self.root}{folder}/{name}", os.X_OK):
                return f"{folder}/{name}"
        raise Missing(f"{name} is not installed in {self.root}")

    def command(self, *words):
        return list(words) if self.root is None else ["chroot", self.root, *words]

    def close(self):
        for there in reversed(self.mounted):
            subprocess.run(["umount", there], check=False)
        self.mounted = []


def version_of(*command):
    """The first line that a program says of itself."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((done.stdout + done.stderr).strip() or "?").splitlines()[0]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def process_tree(root):
    children = {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = read(stat).rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.split("/")[2]))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


class Cgroup:
    """A control group that counts CPU time: also of processes that nobody waits for. `path` is None
    where none can be made."""

    def __init__(self, name):
        self.path = None
        for base in CGROUPS:
            folder = pathlib.Path(base, f"nacre-{name}-{os.getpid()}")
            try:
                folder.mkdir()
            except OSError:
                continue
            if any((folder / counter).exists() for counter in ("cpuacct.usage", "cpu.stat")):
                self.path = folder
                return
            folder.rmdir()

    def enter(self):
        """For a new process, before it becomes the server."""
        if self.path is not None:
            (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def cpu_seconds(self):
        if (self.path / "cpuacct.usage").exists():
            return int(read(self.path / "cpuacct.usage")) / 1e9
        return int(re.search(r"usage_usec (\d+)", read(self.path / "cpu.stat"))[1]) / 1e6

    def remove(self):
        for _ in range(50):
            try:
                if self.path is not None:
                    self.path.rmdir()
                return
            except OSError:
                time.sleep(0.1)  # processes that are still ending


class Place:
    """The folder with keys, configurations and files to serve."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.files = self.folder / "files"
        self.files.mkdir()
        self.user_key, self.host_key = self.folder / "user_key", self.folder / "host_key"
        for key in (self.user_key, self.host_key):
            subprocess.run([find_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key],
                           check=True)
        self.authorized = self.folder / "authorized_keys"
        shutil.copy(f"{self.user_key}.pub", self.authorized)
        self.authorized.chmod(0o600)


class Peer:
    """A server. Subclasses say how it is started; start() may be called again after stop()."""

    name = ""
    serves_root = True  # paths are those of this machine; else "/" is the folder with the files
    has_devices = True  # /dev/null can be written

    def __init__(self, place, build, system):
        self.place, self.build, self.system, self.process = place, build, system, None
        self.name += system.title
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.version = self.find()
        self.cgroup = Cgroup(self.name)

    def find(self):
        """Raises Missing, or returns the version."""
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def path(self, name):
        """Of one of the files, as the server calls it."""
        return f"{self.place.files}/{name}" if self.serves_root else f"/{name}"

    def start(self):
        self.port = free_port()  # another each time: the last may still be waiting for its end
        self.log = self.place.folder / f"{self.name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in self.command()], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, "HOME": str(self.place.folder)},
                start_new_session=True, preexec_fn=self.cgroup.enter)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()
        raise Missing(f"{self.name} does not start: {read(self.log).strip()[-300:]}")

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None

    def cpu_seconds(self):
        """Used so far by the server and everything that it started."""
        if self.cgroup.path is not None:
            return self.cgroup.cpu_seconds()
        ticks = 0
        for pid in process_tree(self.process.pid):
            try:
                fields = read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += sum(map(int, fields[11:15]))
        return ticks / HERTZ

    def close(self):
        self.stop()
        self.cgroup.remove()


class Nacre(Peer):
    name = "nacre"

    def find(self):
        self.program = self.build / "tools/nacre-sftpd/nacre-sftpd"
        return version_of(self.program, "--version")

    def command(self):
        return [self.program, "--listen", f"127.0.0.1:{self.port}", "--root", "/", "--allow-devices",
                "--host-key", self.place.host_key, "--user", self.user, "--authorized-keys",
                self.place.authorized, "--log-level", "warning"]


class OpenSsh(Peer):
    """sshd with internal-sftp."""

    name = "openssh"

    def find(self):
        self.program = self.system.find("sshd")
        return version_of(*self.system.command(self.system.find("ssh"), "-V"))

    def command(self):
        settings = [f"ListenAddress 127.0.0.1:{self.port}", f"HostKey {self.place.host_key}",
                    f"AuthorizedKeysFile {self.place.authorized}", "PidFile none", "StrictModes no",
                    "UsePAM no", "UseDNS no", "PermitRootLogin yes", "LogLevel ERROR",
                    "MaxStartups 10000", "MaxSessions 1000", "LoginGraceTime 600",
                    "Subsystem sftp internal-sftp"]
        number = re.search(r"OpenSSH_(\d+)\.(\d+)", self.version)
        if number and (int(number[1]), int(number[2])) >= (9, 8):
            settings.append("PerSourcePenalties no")
        config = self.place.folder / f"{self.name}.sshd_config"
        config.write_text("\n".join(settings) + "\n")
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        return self.system.command(self.program, "-D", "-e", "-f", config)


class ProFtpd(Peer):
    name = "proftpd"

    def find(self):
        self.program = self.system.find("proftpd")
        if not glob.glob(f"{self.system.root or ''}/usr/lib/proftpd/mod_sftp.*"):
            raise Missing("mod_sftp of proftpd is not installed")
        return version_of(*self.system.command(self.program, "--version"))

    def command(self):
        # It takes keys of users only in the form of RFC 4716.
        keys = self.place.folder / "authorized_keys.rfc4716"
        with open(keys, "wb") as file:
            subprocess.run([find_program("ssh-keygen"), "-e", "-f", f"{self.place.user_key}.pub"],
                           stdout=file, check=True)
        folder = self.place.folder
        settings = ["ServerType standalone", "DefaultServer on", "UseIPv6 off",
                    "DefaultAddress 127.0.0.1", "SocketBindTight on", f"Port {self.port}",
                    "MaxInstances 20000", "RequireValidShell off", "UseFtpUsers off", "WtmpLog off",
                    "TransferLog none", f"SystemLog {folder}/{self.name}.system.log",
                    f"PidFile {folder}/{self.name}.pid",
                    f"ScoreboardFile {folder}/{self.name}.scoreboard",
                    "TimeoutIdle 3600", "TimeoutLogin 600", "RootLogin on",
                    "ModulePath /usr/lib/proftpd", "LoadModule mod_sftp.c", "SFTPEngine on",
                    f"SFTPHostKey {self.place.host_key}", "SFTPLog none",
                    "SFTPAuthMethods publickey", f"SFTPAuthorizedUserKeys file:{keys}",
                    "<IfModule mod_delay.c>", "DelayEngine off", "</IfModule>"]
        config = folder / f"{self.name}.conf"
        config.write_text("\n".join(settings) + "\n")
        return self.system.command(self.program, "-n", "-q", "-c", config)


class Rclone(Peer):
    name = "rclone"
    serves_root = False
    has_devices = False

    def find(self):
        self.program = find_program("rclone")
        return version_of(self.program, "version")

    def command(self):
        return [self.program, "serve", "sftp", self.place.files, "--addr", f"127.0.0.1:{self.port}",
                "--user", self.user, "--authorized-keys", self.place.authorized, "--key",
                self.place.host_key, "--config", "", "--dir-cache-time", "1s"]


class AsyncSsh(Peer):
    name = "asyncssh"

    def find(self):
        # The system's Python is the one that has the system's packages.
        for self.python in ("/usr/bin/python3", sys.executable):
            done = subprocess.run([self.python, "-W", "ignore", "-c",
                                   "import asyncssh; print('asyncssh', asyncssh.__version__)"],
                                  capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return done.stdout.strip()
        raise Missing("asyncssh is not installed")

    def command(self):
        return [self.python, "-W", "ignore", "-c", ASYNCSSH, self.port, self.place.host_key,
                self.place.authorized]


ALL = (Nacre, OpenSsh, ProFtpd, Rclone, AsyncSsh)
# Those that may also be those of another system.
ELSEWHERE = (OpenSsh, ProFtpd)
