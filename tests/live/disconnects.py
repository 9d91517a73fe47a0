"""10,000 connections that end in every phase leave descriptors and memory where they were."""

import os
import pathlib

import harness

kCount = 10_000
kWarm = 100  # of each phase
# Most of them where they cost least; each ends orderly and by a reset in turns.
kStages = {"tcp": 3000, "version": 2500, "kexinit": 2000, "kex": 800, "failure": 800, "login": 900}
kGrowth = 0.01
kPages = 64 * 1024  # of memory that nothing smaller than an allocator's step explains


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


def visit(live, server, stage, count):
    user = "nobody-here" if stage == "failure" else harness.kUser
    done = live.run(harness.kBuild / "tests/live/many-sessions", "connect", server.port, user,
                    live.user_key(), stage, count)
    live.check_ok(done, f"{count} connections, as far as '{stage}'")


def test(live):
    assert sum(kStages.values()) == kCount
    with live.server("--max-startups", "off", "--log-level", "warning") as server:
        before = sockets(server)
        for stage in kStages:
            visit(live, server, stage, kWarm)
        live.check(harness.wait_until(lambda: sockets(server) <= before), "all have gone")
        before, memory = descriptors(server), resident(server)
        for stage, count in kStages.items():
            visit(live, server, stage, count)
        live.check(harness.wait_until(lambda: descriptors(server) <= before),
                   f"descriptors: {before} before, {descriptors(server)} after {kCount} connections")
        now = resident(server)
        live.check(now <= memory * (1 + kGrowth) + kPages,
                   f"resident memory: {memory // 1024} KiB before, {now // 1024} KiB after "
                   f"({(now - memory) / memory:+.2%})")
        live.check_ok(live.ssh(server, "-s", "sftp", input=b""), "and a login works")


harness.main(test)
