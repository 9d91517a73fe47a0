"""nacre-sftp and nacre-sftpd with a long link between them: files arrive unchanged.

With the argument --rates also how much of the link one transfer uses: 100 ms there and back,
1 Gbit/s, of which nine tenths are asked for. Not a test for a busy machine.
"""

import sys
import time

import harness
from slow_link import Relay

kLinkRate = 125e6  # bytes/s
kPart = 0.9


def transfer(live, relay, *command):
    began = time.monotonic()
    done = live.run(harness.ours("nacre-sftp"), "-P", relay.port, "-i", live.user_key(),
                    "--known-hosts", live.known_hosts, f"{harness.kUser}@127.0.0.1", *command,
                    timeout=180)
    return time.monotonic() - began, done


def rates(live, server):
    """Of two files of different sizes, so that login and start do not count."""
    sizes = 128 << 20, 512 << 20
    for size in sizes:
        harness.random_file(live.local / f"data{size}", size)
        harness.random_file(live.tree / f"data{size}", size)
    with Relay(live, server, 50, 1000) as relay:
        for name in ("get", "put"):
            took = []
            for size in sizes:
                seconds, done = transfer(live, relay, name, f"data{size}", "moved")
                live.check_ok(done, f"{name} of {size >> 20} MiB: {seconds:.2f} s")
                took.append(seconds)
            rate = (sizes[1] - sizes[0]) / (took[1] - took[0])
            live.check(rate >= kPart * kLinkRate,
                       f"{name}: {rate / 1e6:.1f} MB/s of {kLinkRate / 1e6:.0f}")


def test(live):
    harness.random_file(live.local / "data", 5_000_011)
    with live.server() as server:
        with Relay(live, server, 10, 200) as relay:
            # At least four times there and back, 20 ms each, and the file itself.
            seconds, done = transfer(live, relay, "put", "data", "up")
            live.check_same(live.local / "data", live.tree / "up", "put over a long link", done)
            live.check(seconds > 0.08 + 5_000_011 / 25e6, "the relay delays", done)
            _, done = transfer(live, relay, "get", "up", "down")
            live.check_same(live.tree / "up", live.local / "down", "get over a long link", done)
        if "--rates" in sys.argv:
            rates(live, server)


harness.main(test)
