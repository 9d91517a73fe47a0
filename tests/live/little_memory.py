"""200 sessions at the same time with a server that has little memory: what is served is right, what
cannot be is turned away, and the server goes on."""

import pathlib
import resource

import harness

kSessions = 200
kHolders = 32  # that 16 MiB are enough for
kBytes = 1024 * 1024  # up and down again in each


def program(live, server, count=kSessions):
    done = live.run(harness.kBuild / "tests/live/many-sessions", "transfer", server.port,
                    harness.kUser, live.user_key(), count, kBytes)
    if not done.ok:
        raise RuntimeError(done.report())
    return done, [int(word) for word in done.out.split()]


def data(server):
    """What RLIMIT_DATA limits: unlike the address space, nothing that is only reserved."""
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return harness.skip("/proc/PID/status has no VmData")


def packets(live):
    """Sessions wait for the memory that --max-memory leaves, or are refused with the reason."""
    with live.server("--max-startups", "off", "--max-memory", "16M") as server:
        # Each that is in the middle of a packet has half a MiB.
        done = live.run(harness.kBuild / "tests/live/many-sessions", "connect", server.port,
                        harness.kUser, live.user_key(), "held", 2 * kHolders)
        held = int(done.out or "0")
        live.check(kHolders // 2 <= held <= kHolders, f"--max-memory 16M: {held} in mid-packet", done)
        live.check(server.log.count("the memory for packets is used up") == 1,
                   "the next one was refused with the reason")
        done, (whole, turned_away, wrong) = program(live, server)
        live.check(wrong == 0 and whole > 0 and whole + turned_away == kSessions,
                   f"--max-memory 16M: {whole} whole, {turned_away} turned away, {wrong} wrong", done)
        live.check(server.process.poll() is None, "the server goes on")
        live.check(program(live, server, 5)[1] == [5, 0, 0], "and serves whoever comes next")


def system(live, spare):
    """No memory of the system beyond so many bytes."""
    with live.server("--max-startups", "off") as server:
        # What there is in any case: threads, pools.
        live.check(program(live, server, 2)[1] == [2, 0, 0], "two sessions")
        limit = data(server) + spare
        resource.prlimit(server.process.pid, resource.RLIMIT_DATA, (limit, limit))
        done, (whole, turned_away, wrong) = program(live, server)
        live.check(wrong == 0 and whole > 0 and whole + turned_away == kSessions,
                   f"{spare >> 20} MiB of memory: {whole} whole, {turned_away} turned away, "
                   f"{wrong} wrong", done)
        live.check(server.process.poll() is None, "the server goes on")
        live.check(harness.wait_until(lambda: program(live, server, 2)[1] == [2, 0, 0]),
                   "and serves whoever comes next")


def test(live):
    packets(live)
    for spare in (96, 16, 4):
        system(live, spare << 20)


harness.main(test)
