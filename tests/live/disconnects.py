"""10,000 connections that end in every phase leave descriptors and memory where they were."""

import os
import pathlib

import harness

kCount = 5_000  # in each round
# At least two. More connections at the same time than ever before make the heap larger, once, when
# a busy machine is late with their ends; what is lost with each connection is lost in every round.
kRounds = 4
kWarm = 100  # of each phase
# Most of them where they cost least; each ends orderly and by a reset in turns. A failure is told
# some 50 ms late, so there are few of these.
kStages = {"tcp": 1650, "version": 1350, "kexinit": 1050, "kex": 400, "failure": 100, "login": 450}
# Part of the resident memory that an equal round may add: some 20 bytes a connection.
kGrowth = 0.01
# In force for everybody, and never enough to refuse somebody.
kPenalties = ("--per-source-penalty-exempt", "none",
              "--per-source-penalties", "noauth:1s,authfail:1s,min:86400s,max:86400s")


def resident(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    return harness.skip("smaps_rollup has no Rss")


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def sockets(server):
    found = 0
    for entry in list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()):
        try:
            found += os.readlink(entry).startswith("socket:")
        except FileNotFoundError:
            pass
    return found


def state(live, server, nothing):
    """Descriptors and memory when nobody is there."""
    live.check(harness.wait_until(lambda: sockets(server) <= nothing), "all have gone")
    return descriptors(server), resident(server)


def added(measured):
    """Part of the memory that the last round added."""
    before, after = measured[-2][1], measured[-1][1]
    return (after - before) / before


def visit(live, server, stage, count):
    user = "nobody-here" if stage == "failure" else harness.kUser
    done = live.run(harness.kBuild / "tests/live/many-sessions", "connect", server.port, user,
                    live.user_key(), stage, count)
    live.check_ok(done, f"{count} connections, as far as '{stage}'")


def test(live):
    assert sum(kStages.values()) == kCount
    with live.server("--max-startups", "off", "--log-level", "warning", *kPenalties) as server:
        nothing = sockets(server)
        for stage in kStages:
            visit(live, server, stage, kWarm)
        measured = [state(live, server, nothing)]
        for round_ in range(kRounds):
            for stage, count in kStages.items():
                visit(live, server, stage, count)
            measured.append(state(live, server, nothing))
            if round_ > 0 and added(measured) <= kGrowth:
                break
        descriptors_of, memory_of = zip(*measured)
        live.check(len(set(descriptors_of)) == 1,
                   f"descriptors before and after each {kCount}: {descriptors_of}")
        live.check(added(measured) <= kGrowth,
                   f"resident memory (KiB): {[n // 1024 for n in memory_of]}; "
                   f"the last round added {added(measured):.2%}")
        live.check_ok(live.ssh(server, "-s", "sftp", input=b""), "and a login works")


harness.main(test)
