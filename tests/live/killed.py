"""A server or a client that is killed in mid-upload: what is left, and how it goes on."""

import os
import pathlib
import time

import harness
import raw_sftp
from our_client import client
from slow_link import Relay

kSize = 60_000_007
kMbit = 200  # of our client's link: seconds for all of it, however fast both ends are
kBlock = 32768
# Of version 6.
kAccess, kOpenOrCreate, kBlockRequest, kBlockWrite, kLockRefused = 3, 3, 22, 0x80, 26


def descriptors(server, words):
    """Sizes of the server's open files whose paths have one of these words."""
    found = []
    folder = pathlib.Path(f"/proc/{server.process.pid}/fd")
    for entry in list(folder.iterdir()):
        try:
            if any(word in os.readlink(entry) for word in words):
                found.append(entry.stat().st_size)
        except FileNotFoundError:
            pass
    return found


def kill(process):
    harness.kill_group(process)
    process.wait()


def is_prefix(part, whole):
    data = part.read_bytes()
    with open(whole, "rb") as file:
        return data == file.read(len(data))


class Upload:
    """A put of `whole` that runs, some of it written; slow enough to be in its middle."""

    def __init__(self, live, server, kind, name):
        self.relay = None
        if kind == "OpenSSH":
            batch = live.dir / "upload"
            batch.write_text(f"put whole {name}\n")
            command = [harness.need("sftp"), "-l", "200000", *live.ssh_options(), "-P", server.port,
                       "-b", batch, f"{harness.kUser}@127.0.0.1"]
        else:
            self.relay = Relay(live, server, 0, kMbit)
            command = [harness.ours("nacre-sftp"), "-P", self.relay.port, "-i", live.user_key(),
                       "--known-hosts", live.known_hosts, f"{harness.kUser}@127.0.0.1",
                       "put", "whole", name]
        self.process = live.start(*command)
        # By its name, or without one (O_TMPFILE).
        words = (f"/{name}", f"{live.tree}/#")
        end = time.monotonic() + harness.kEndOfProgram
        while not any(size > kSize // 20 for size in descriptors(server, words)):
            if time.monotonic() > end or self.process.poll() is not None:
                self.__exit__()
                raise RuntimeError("the upload was not seen in its middle")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        kill(self.process)
        if self.relay is not None:
            self.relay.__exit__()


def reput(live, server, kind, name):
    if kind == "OpenSSH":
        return live.sftp(server, f"reput whole {name}")
    return client(live, server, "reput", "whole", name)


def client_killed(live, server, kind):
    target = live.tree / "up"
    with Upload(live, server, kind, "up"):
        pass  # it is killed
    live.check(harness.wait_until(lambda: not descriptors(server, ["/up"])),
               f"{kind}'s client killed: no descriptor is left")
    size = target.stat().st_size
    live.check(0 < size < kSize and is_prefix(target, live.local / "whole"),
               f"{kind}'s client killed: a prefix of {size} bytes is there")
    done = reput(live, server, kind, "up")
    live.check_same(live.local / "whole", target, f"{kind}'s client killed: reput goes on", done)
    live.check_ok(live.sftp(server, "rename up other", "rm other"), "nobody holds the file")


def lock_freed(live, server):
    """A lock of version 6 goes with the client that held it."""
    def session():
        made = raw_sftp.RawSftp([harness.need("ssh"), *live.ssh_options(), "-p", server.port, "-s",
                                 f"{harness.kUser}@127.0.0.1", "sftp"], 6, env=live.environment())
        body = raw_sftp.string("locked") + raw_sftp.u32(kAccess) + raw_sftp.u32(kOpenOrCreate)
        body += raw_sftp.u32(0) + bytes([1])
        return made, made._string_of(made.request(3, body)[1])[0]

    def lock(of, handle):
        try:
            of.request(kBlockRequest, raw_sftp.string(handle) + raw_sftp.u64(0) + raw_sftp.u64(100) +
                       raw_sftp.u32(kBlockWrite))
        except raw_sftp.Status as status:
            return status.code
        return raw_sftp.kOk

    holder, held = session()
    live.check(lock(holder, held) == raw_sftp.kOk, "a client locks a range")
    other, handle = session()
    refused = lock(other, handle)
    live.check(refused == kLockRefused, f"another one may not while it lives: {refused}")
    holder.process.kill()
    holder.process.wait()
    live.check(harness.wait_until(lambda: lock(other, handle) == raw_sftp.kOk),
               "another one may when it was killed")
    other.close_handle(handle)
    other.close()
    (live.tree / "locked").unlink()


def server_killed(live, kind):
    target = live.tree / "up"
    server = live.server()
    with Upload(live, server, kind, "up") as upload:
        kill(server.process)
        status = upload.process.wait(harness.kEndOfProgram)
    live.check(status not in (0, None), f"server killed: {kind}'s client fails by itself")
    size = target.stat().st_size
    live.check(0 < size < kSize, f"server killed: {size} bytes are there")
    with live.server() as server:
        # WRITEs run side by side, so the end of what is there may have holes: a put as a whole, and
        # reput where a client sends in order.
        if is_prefix(target, live.local / "whole"):
            done = reput(live, server, kind, "up")
        else:
            done = client(live, server, "put", "whole", "up")
        live.check_same(live.local / "whole", target, f"server killed: {kind}'s client goes on", done)
    target.unlink()


def acknowledged(live):
    """What was acknowledged is on disk when the server is killed in the same moment."""
    server = live.server()
    session = raw_sftp.RawSftp([harness.need("ssh"), *live.ssh_options(), "-p", server.port, "-s",
                                f"{harness.kUser}@127.0.0.1", "sftp"], env=live.environment())
    data = (live.local / "whole").read_bytes()[:64 * kBlock]
    handle = session.open("acknowledged", raw_sftp.kWrite | raw_sftp.kCreate)
    for at in range(0, len(data), kBlock):
        session.write(handle, at, data[at:at + kBlock])
    kill(server.process)
    live.check((live.tree / "acknowledged").read_bytes() == data, "what was acknowledged is there")
    session.process.kill()
    session.process.wait()


def atomic(live, *more):
    """Uploads that have no name until they are closed."""
    what = " ".join(["--atomic-upload on", *more])
    (live.tree / "up").write_bytes(b"old")
    for kind in ("OpenSSH", "Nacre"):
        with live.server("--atomic-upload", "on", *more) as server:
            with Upload(live, server, kind, "up"):
                pass  # it is killed
            live.check(harness.wait_until(lambda: not descriptors(server, ["/#", "/up"])),
                       f"{what}: {kind}'s client killed, no descriptor is left")
            live.check((live.tree / "up").read_bytes() == b"old", f"{what}: the old file is there")
            kept = [path for path in live.tree.iterdir() if ".partial-" in path.name]
            live.check(len(kept) == (1 if more else 0) and
                       sorted(live.tree.iterdir()) == sorted([live.tree / "up", *kept]),
                       f"{what}: nothing else is, {len(kept)} kept")
            for path in kept:
                live.check(is_prefix(path, live.local / "whole"), f"{what}: a prefix is kept")
                path.unlink()
    server = live.server("--atomic-upload", "on", *more)
    with Upload(live, server, "Nacre", "up") as upload:
        kill(server.process)
        upload.process.wait(harness.kEndOfProgram)
    live.check((live.tree / "up").read_bytes() == b"old" and len(list(live.tree.iterdir())) == 1,
               f"{what}: the server killed, the old file alone is there")
    with live.server("--atomic-upload", "on", *more) as server:
        done = client(live, server, "put", "whole", "up")
        live.check_same(live.local / "whole", live.tree / "up", f"{what}: put again", done)
    (live.tree / "up").unlink()


def test(live):
    harness.need("sftp")
    harness.random_file(live.local / "whole", kSize)
    with live.server() as server:
        client_killed(live, server, "OpenSSH")
        client_killed(live, server, "Nacre")
        lock_freed(live, server)
        live.check(server.process.poll() is None, "the server goes on")
    for kind in ("OpenSSH", "Nacre"):
        server_killed(live, kind)
    acknowledged(live)
    (live.tree / "acknowledged").unlink()
    atomic(live)
    atomic(live, "--keep-partial")


harness.main(test)
