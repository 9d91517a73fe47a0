"""Peers that ask for much and take nothing: while they wait the server computes nothing."""

import os
import pathlib
import signal
import struct
import subprocess
import time

import harness
from raw_sftp import kRead, kNoAttrs, string, u32, u64

kPeers = 8           # of each kind
kWatched = 2.0       # seconds
kMost = 0.03         # seconds of CPU in that time, for all of them: timers, and the clock's ticks


def init_and_open(path):
    return string(bytes([1]) + u32(3)) + string(
        bytes([3]) + u32(1) + string(path) + u32(kRead) + kNoAttrs)


def read_requests(handle, count):
    return b"".join(string(bytes([5]) + u32(10 + i) + string(handle) + u64(i * 32768) + u32(32768))
                    for i in range(count))


def exactly(stream, count):
    data = b""
    while len(data) < count:
        piece = stream.read(count - len(data))
        if not piece:
            raise ConnectionError("the session ended")
        data += piece
    return data


def message(stream):
    return exactly(stream, struct.unpack(">I", exactly(stream, 4))[0])


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rests(process):
    before = cpu_seconds(process)
    time.sleep(1.0)
    return cpu_seconds(process) - before <= kMost / 2


def start_peer(live, server):
    """A client that has a file open and has asked for 16 MiB of it."""
    peer = live.start(harness.need("ssh"), *live.ssh_options(), "-p", str(server.port),
                      f"{harness.kUser}@127.0.0.1", "-s", "sftp",
                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peer.stdin.write(init_and_open("/big"))
    peer.stdin.flush()
    message(peer.stdout)
    handle = message(peer.stdout)[5 + 4:]
    peer.stdin.write(read_requests(handle, 512))
    peer.stdin.flush()
    return peer


def test(live):
    with open(live.tree / "big", "wb") as file:
        file.truncate(64 << 20)
    with live.server("--max-startups", "off") as server:
        for kind in ("reads nothing from its channel", "reads nothing from its socket"):
            peers = [start_peer(live, server) for _ in range(kPeers)]
            if "socket" in kind:
                for peer in peers:
                    peer.send_signal(signal.SIGSTOP)
            live.check(harness.wait_until(lambda: rests(server.process)),
                       "what windows and sockets take has left")
            before = cpu_seconds(server.process)
            time.sleep(kWatched)
            used = cpu_seconds(server.process) - before
            live.check(used <= kMost, f"a peer that {kind} costs no CPU ({used:.2f} s of "
                                      f"{kWatched:.0f} s, {kPeers} peers)")
            for peer in peers:
                peer.send_signal(signal.SIGCONT)
                peer.kill()
                peer.wait()
                peer.stdin.close()
                peer.stdout.close()
        live.check(harness.wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < 30),
                   "and leaves nothing behind")


harness.main(test)
