"""The jail, attacked from outside: links, '..' in every place, folders swapped during operations."""

import os
import shutil
import stat
import threading
import time

import harness
import raw_sftp

kSecret = b"secret of the outside"
kSwaps = 10_000  # at least
kRaceSeconds = float(os.environ.get("NACRE_LIVE_RACE_SECONDS", "5"))


class Outside:
    """A folder beside the served one; nothing in it may be read or changed."""

    def __init__(self, live):
        self.path = live.dir / "outside"
        self.path.mkdir()
        (self.path / "canary").write_bytes(kSecret)
        (self.path / "only-outside").touch()
        (self.path / "folder").mkdir()
        (self.path / "folder" / "only-outside").touch()
        (self.path / "folder" / "canary").write_bytes(kSecret)
        self.before = self.state()

    def state(self):
        found = {}
        for folder, names, files in os.walk(self.path):
            for name in [".", *names, *files]:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = open(path, "rb").read() if stat.S_ISREG(status.st_mode) else b""
                found[path] = (status.st_mode, status.st_uid, status.st_size, status.st_nlink,
                               status.st_mtime_ns, status.st_ctime_ns, status.st_ino, content)
        return found

    def untouched(self):
        return self.state() == self.before


def attempts(session, path):
    """Every operation on one path; yields what came back as data."""
    def tried(operation, *arguments):
        try:
            return operation(*arguments)
        except raw_sftp.Status:
            return None

    raw = raw_sftp
    yield tried(session.read_all, path)
    for flags in (raw.kWrite, raw.kWrite | raw.kCreate, raw.kWrite | raw.kTruncate,
                  raw.kWrite | raw.kAppend, raw.kWrite | raw.kCreate | raw.kExclusive):
        yield tried(session.write_all, path, b"overwritten", flags)
    for name in (path, path + "/"):
        for kind in (7, 13, 15, 17, 19):  # lstat, remove, rmdir, stat, readlink
            tried(session.path, kind, name)
        tried(session.path, 9, name, raw.mode(0o777))   # setstat
        tried(session.path, 9, name, raw.u32(1) + raw.u64(0))
        tried(session.path, 9, name, raw.u32(2) + raw.u32(65534) + raw.u32(65534))
        tried(session.path, 9, name, raw.u32(8) + raw.u32(1) + raw.u32(1))
        tried(session.path, 14, name, raw.mode(0o777))  # mkdir
        yield str(tried(session.names, name)).encode()
    tried(session.rename, path, "stolen")
    yield tried(session.read_all, "stolen")
    tried(session.rename, "mine", path)
    tried(session.symlink, "text", path)
    mine = raw.string("mine")
    tried(session.extended, "posix-rename@openssh.com", raw.string(path) + raw.string("stolen"))
    tried(session.extended, "posix-rename@openssh.com", mine + raw.string(path))
    tried(session.extended, "hardlink@openssh.com", raw.string(path) + raw.string("hard"))
    yield tried(session.read_all, "hard")
    tried(session.extended, "hardlink@openssh.com", mine + raw.string(path))
    tried(session.extended, "lsetstat@openssh.com", raw.string(path) + raw.mode(0o777))
    tried(session.extended, "statvfs@openssh.com", raw.string(path))
    tried(session.extended, "expand-path@openssh.com", raw.string(path))
    for kept in ("stolen", "hard"):
        tried(session.path, 13, kept)
        tried(session.path, 15, kept)


def furnish(live, outside):
    """The served folder: what is allowed, and links of every kind that lead out of it."""
    # The folder itself stays: the server has it open.
    for path in live.tree.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (live.tree / "mine").write_text("mine")
    (live.tree / "folder" / "deep").mkdir(parents=True)
    depth = "../" * 20
    targets = {
        "absolute": str(outside.path), "relative": "../outside", "deep-relative": f"{depth}{outside.path}",
        "file": "../outside/canary", "absolute-file": str(outside.path / "canary"),
        "dangling": "../outside/made", "root": "/", "parent": "..", "proc": "/proc/self/root",
        "cwd": "/proc/self/cwd", "chain": "relative/folder", "inside": "folder/../../outside",
    }
    for name, target in targets.items():
        os.symlink(target, live.tree / name)
        os.symlink(target, live.tree / "folder" / "deep" / name)
    os.symlink("loop", live.tree / "loop")
    return list(targets)


def paths(links, outside):
    for suffix in ("outside", "outside/canary", "outside/made", "outside/folder/canary"):
        for prefix in ("../", "/../", "/../../../", "folder/../../", "folder/deep/../../../", "./../",
                       "//..//", "folder/..//../", "mine/../../", "missing/../../", "/./.././"):
            yield prefix + suffix
    for up in ("..", "../", "/..", "../..", "folder/../..", "folder/deep/../../.."):
        yield up
    yield str(outside.path)
    yield str(outside.path / "canary")
    for link in [*links, "loop"]:
        for where in ("", "folder/deep/", "folder/../"):
            for suffix in ("", "/canary", "/made", "/folder/canary", "/../outside/canary", "/..", "/."):
                yield where + link + suffix


def probing(live, outside, session, what):
    links = furnish(live, outside)
    leaks, tried = [], 0
    for path in paths(links, outside):
        tried += 1
        for data in attempts(session, path):
            if data and (kSecret in data or b"only-outside" in data):
                leaks.append(path)
        if not outside.untouched():
            leaks.append(f"{path} (the outside has changed)")
            break
        if tried % 10 == 0:
            furnish(live, outside)
    live.check(not leaks, f"{what}: nothing outside was seen or changed by {tried} paths {leaks[:5]}")

    furnish(live, outside)
    # What the client itself makes is no better.
    for target in ("../outside", str(outside.path), "/../outside", "../" * 30 + str(outside.path)):
        session.symlink(target, "own")
        for path in ("own/canary", "own/made", "own"):
            data = b"".join(data or b"" for data in attempts(session, path))
            live.check(kSecret not in data and outside.untouched(),
                       f"{what}: {path} through the client's own link to {target[:20]}")
        try:
            session.path(13, "own")
        except raw_sftp.Status:
            pass

    found = {session.realpath(path) for path in ("", ".", "..", "/..", "folder/../..", "parent", "root")}
    live.check(found == {"/"}, f"{what}: above the root is the root: {found}")
    text = "".join(str(answer) for answer in map(
        lambda path: _realpath(session, path), ["absolute", "relative", "chain", "proc", "cwd"]))
    live.check(str(live.tree) not in text, f"{what}: realpath shows no path of the machine: {text}")


def _realpath(session, path):
    try:
        return session.realpath(path)
    except raw_sftp.Status as status:
        return status.text


def special_files(live, session, what):
    os.mkfifo(live.tree / "fifo")
    for flags in (raw_sftp.kRead, raw_sftp.kWrite, raw_sftp.kRead | raw_sftp.kWrite):
        start = time.monotonic()
        try:
            session.open("fifo", flags)
            refused = False
        except raw_sftp.Status:
            refused = True
        live.check(refused and time.monotonic() - start < 5, f"{what}: a FIFO is refused at once")
    if os.getuid() == 0:
        try:
            os.mknod(live.tree / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        except PermissionError:
            return
        try:
            session.read_all("null")
            live.check(False, f"{what}: a device is refused")
        except raw_sftp.Status:
            live.check(True, f"{what}: a device is refused")


def racing(live, outside, session, what):
    """`swap` is a folder at one moment and a link out of the jail at the next."""
    furnish(live, outside)
    swap, spare, link = live.tree / "swap", live.tree / "spare", live.tree / "link"
    swap.mkdir()
    (swap / "canary").write_bytes(b"inside")
    (swap / "folder").mkdir()
    os.symlink("../outside", link)
    over, swaps = threading.Event(), [0]

    def swapper():
        while not over.is_set():
            for one, other in ((swap, spare), (link, swap), (swap, link), (spare, swap)):
                try:
                    os.rename(one, other)
                except OSError:
                    pass
            swaps[0] += 1

    thread = threading.Thread(target=swapper)
    thread.start()
    leaks, rounds, inside = 0, 0, 0
    raw = raw_sftp
    operations = (
        lambda: session.write_all("swap/new", b"x"), lambda: session.path(14, "swap/made", raw.kNoAttrs),
        lambda: session.path(13, "swap/new"), lambda: session.path(15, "swap/made"),
        lambda: session.write_all("swap/canary", b"inside"), lambda: session.symlink("x", "swap/sym"),
        lambda: session.path(13, "swap/sym"), lambda: session.rename("swap/canary", "swap/other"),
        lambda: session.rename("swap/other", "swap/canary"),
        lambda: session.path(9, "swap/canary", raw.mode(0o600)),
        lambda: session.path(9, "swap/folder", raw.mode(0o700)),
        lambda: session.path(9, "swap/canary", raw.u32(1) + raw.u64(3)),
        lambda: session.rename("mine", "swap/mine"), lambda: session.rename("swap/mine", "mine"),
        lambda: session.extended("hardlink@openssh.com", raw.string("swap/canary") + raw.string("hard")),
        lambda: session.path(13, "hard"), lambda: session.path(15, "swap/folder"),
        lambda: session.path(14, "swap/folder", raw.kNoAttrs),
    )
    try:
        end = time.monotonic() + kRaceSeconds
        while time.monotonic() < end or (swaps[0] < kSwaps and time.monotonic() < end + 60):
            rounds += 1
            for read in (lambda: session.read_all("swap/canary"), lambda: session.read_all("hard")):
                try:
                    data = read()
                    leaks += kSecret in data
                    inside += data[:3] == b"ins"
                except raw_sftp.Status:
                    pass
            for operation in operations:
                try:
                    operation()
                except raw_sftp.Status:
                    pass
    finally:
        over.set()
        thread.join()
    live.check(leaks == 0 and outside.untouched(),
               f"{what}: {swaps[0]} swaps during {rounds} rounds: nothing outside was seen or changed")
    live.check(swaps[0] >= kSwaps and inside > 0, f"{what}: the race was one: {inside} reads of the inside")


def test(live):
    outside = Outside(live)
    furnish(live, outside)
    with live.server() as server:
        command = [harness.need("ssh"), *live.ssh_options(), "-p", str(server.port), "-s",
                   f"{harness.kUser}@127.0.0.1", "sftp"]
        for test_of in (probing, racing):
            session = raw_sftp.RawSftp(command, env=live.environment())
            test_of(live, outside, session, "nacre-sftpd")
            session.close()
        session = raw_sftp.RawSftp(command, env=live.environment())
        special_files(live, session, "nacre-sftpd")
        session.close()
    program = [harness.ours("nacre-sftp-server"), "--root", str(live.tree)]
    for test_of in (probing, racing):
        session = raw_sftp.RawSftp(program, env=live.environment())
        test_of(live, outside, session, "nacre-sftp-server --root")
        session.close()


harness.main(test)
