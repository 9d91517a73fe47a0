"""Sessions whose disk does not answer do not delay another one."""

import os
import pathlib
import select
import signal
import time

import harness
import raw_sftp

kMost = 0.05  # seconds that another session may wait longer
kSeconds = 3
kRounds = 3  # one of which must do
kBlock = 32768
kFile = 64 * kBlock
kReads = 24  # that each stalled session has asked for


def session(live, server):
    return raw_sftp.RawSftp([harness.need("ssh"), *live.ssh_options(), "-p", server.port, "-s",
                             f"{harness.kUser}@127.0.0.1", "sftp"], env=live.environment())


def ping(session, seconds):
    """The longest that anything took."""
    handle = session.open("near", raw_sftp.kRead)
    longest, count, end = {}, 0, time.monotonic() + seconds

    def measured(what, act):
        begin = time.monotonic()
        act()
        longest[what] = max(longest.get(what, 0), time.monotonic() - begin)

    while time.monotonic() < end:
        count += 1
        measured("stat", lambda: session.stat("near"))
        measured("READ", lambda: session.read(handle, 0, kBlock))
        # These go to the threads that work on files.
        measured("MKDIR", lambda: session.request(14, raw_sftp.string("made") + raw_sftp.kNoAttrs))
        measured("RMDIR", lambda: session.request(15, raw_sftp.string("made")))
    session.close_handle(handle)
    shown = ", ".join(f"{what} {1000 * took:.1f} ms" for what, took in longest.items())
    return max(longest.values()), f"{count} times, at most {shown}"


def beside(session, what, allowed):
    """Whether nothing took longer. A stalled disk delays each time, a busy machine now and then."""
    for _ in range(kRounds):
        took, said = ping(session, kSeconds)
        if took <= allowed:
            break
    return took <= allowed, f"beside {what}: {said} ({1000 * allowed:.0f} allowed)"


def send(session, number, body):
    session.id += 1
    session._send(bytes([number]) + raw_sftp.u32(session.id) + body)


def ask(session, handle):
    for number in range(kReads):
        send(session, 5, raw_sftp.string(handle) + raw_sftp.u64(number * kBlock) +
             raw_sftp.u32(kBlock))


def stop(process):
    """Stops all its threads, and waits until they are."""
    process.send_signal(signal.SIGSTOP)

    def stopped():
        states = [(task / "stat").read_text().rpartition(")")[2].split()[0]
                  for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir()]
        return all(state == "T" for state in states)
    return harness.wait_until(stopped)


def memory_of(server):
    return "VmSize" in pathlib.Path(f"/proc/{server.process.pid}/status").read_text()


def silent(session):
    return select.select([session.process.stdout], [], [], 0.2)[0] == []


def measure(live, server, mounted):
    other, stalled = session(live, server), [session(live, server) for _ in range(2)]
    quiet, said = ping(other, kSeconds)
    live.check(True, f"quiet: {said}")
    allowed = max(kMost, 3 * quiet)
    handles = [each.open("mount/far", raw_sftp.kRead) for each in stalled]
    closing, leaving = session(live, server), session(live, server)
    closed, left = [each.open("mount/far", raw_sftp.kRead) for each in (closing, leaving)]
    live.check(stop(mounted), "the disk is stopped")
    for count in (1, 2):
        ask(stalled[count - 1], handles[count - 1])
        in_time = beside(other, f"{count} stalled", allowed)
        live.check(all(silent(each) for each in stalled[:count]), f"{count} stalled")
        live.check(*in_time)
    # The end of a handle asks the disk, too: of one that is closed, and of one whose session is gone
    # while it is read.
    send(closing, 4, raw_sftp.string(closed))
    ask(leaving, left)
    leaving.process.kill()
    leaving.process.wait()
    in_time = beside(other, "handles that end", allowed)
    live.check(silent(closing), "a CLOSE waits")
    live.check(*in_time)
    mounted.send_signal(signal.SIGCONT)
    live.check(closing._receive()[0] == 101, "when the disk is back the handle is closed")
    answers = [each._receive()[0] for each in stalled for _ in range(kReads)]
    live.check(answers == [103] * len(answers), "when the disk is back the others have their data")
    # Once more, until the end of the server.
    live.check(stop(mounted), "the disk is stopped again")
    for each, handle in zip(stalled, handles):
        ask(each, handle)
    live.check(all(silent(each) for each in stalled), "stalled again")
    begin = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    # The kernel waits for the mount even when it closes the files of a process that has ended; such
    # a one has no memory any more.
    live.check(harness.wait_until(lambda: not memory_of(server)),
               f"SIGTERM: over after {time.monotonic() - begin:.1f} s")
    mounted.send_signal(signal.SIGCONT)
    status = server.process.wait(harness.kEndOfProgram)
    live.check(status == 0, f"SIGTERM: status {status}")
    for each in (other, closing, *stalled):
        each.process.kill()
        each.process.wait()


def test(live):
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        # Not a program that could be installed: even CI may have none.
        print("skipped: no /dev/fuse")
        raise SystemExit(77)
    sshfs, unmount = harness.need("sshfs"), harness.need("fusermount3")
    far, mount = live.dir / "far", live.tree / "mount"
    far.mkdir()
    mount.mkdir()
    harness.random_file(far / "far", kFile)
    harness.random_file(live.tree / "near", kBlock)
    with live.server(root=far) as remote:
        server = live.server("--drain-time", "1")
        mounted = live.start(sshfs, "-f", "-p", remote.port, *live.ssh_options(), "-o",
                             "direct_io", f"{harness.kUser}@127.0.0.1:/", mount)
        try:
            if live.check(harness.wait_until(lambda: os.path.ismount(mount)), "mounted"):
                measure(live, server, mounted)
        finally:
            mounted.send_signal(signal.SIGCONT)
            live.run(unmount, "-u", "-z", mount)
            live.finish(mounted)


harness.main(test)
