"""Peers that connect and say nothing, or too little: others log in as if there were none."""

import os
import pathlib
import resource
import socket
import time

import harness
import raw_sftp

kSilent = 200
kDescriptors = 64
kMost = 1.0  # seconds for a login, the client's own start and mathematics among them


def silent(server, count):
    return [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(count)]


def login(live, server):
    begin = time.monotonic()
    done = live.ssh(server, "-s", "sftp", input=b"\0\0\0\5\1\0\0\0\3")
    return done, time.monotonic() - begin


def few_descriptors(live):
    """More connections than descriptors: the server waits for some to be free, and computes nothing."""
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (kDescriptors, kDescriptors))
    with live.server("--max-startups", "off", preexec_fn=few) as server:
        held = silent(server, kSilent)
        live.check(harness.wait_until(lambda: descriptors(server) == kDescriptors),
                   f"{descriptors(server)} descriptors are open")
        before = cpu_seconds(server.process)
        time.sleep(2)
        used = cpu_seconds(server.process) - before
        live.check(used <= 0.1, f"{kSilent} connections, {kDescriptors} descriptors: "
                                f"{used:.2f} s of CPU in 2 s")
        for connection in held:
            connection.close()
        live.check(harness.wait_until(lambda: login(live, server)[0].ok),
                   "who comes when they have gone logs in")


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def few_files(live):
    """A session that opens more files than there are descriptors hears of it, and goes on."""
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (kDescriptors, kDescriptors))
    (live.tree / "file").write_bytes(b"here")
    with live.server(preexec_fn=few) as server:
        session = raw_sftp.RawSftp([harness.need("ssh"), *live.ssh_options(), "-p", server.port,
                                    "-s", f"{harness.kUser}@127.0.0.1", "sftp"],
                                   env=live.environment())
        handles, status = [], None
        while status is None and len(handles) < kDescriptors:
            try:
                handles.append(session.open("file", raw_sftp.kRead))
            except raw_sftp.Status as why:
                status = why
        live.check(status is not None and status.code == raw_sftp.kFailure and
                   "too many open files" in status.text.lower() and len(handles) > 10,
                   f"after {len(handles)} files: {status}")
        live.check(session.read(handles[0], 0, 4) == b"here", "what is open can be read")
        for handle in handles:
            session.close_handle(handle)
        live.check(session.read_all("file") == b"here", "and when all are closed others open")
        session.process.kill()
        session.process.wait()
        live.check(harness.wait_until(lambda: login(live, server)[0].ok), "the next one logs in")


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test(live):
    harness.need("ssh")
    few_descriptors(live)
    few_files(live)
    with live.server("--max-startups", "off", "--login-grace-time", "60") as server:
        alone = min(login(live, server)[1] for _ in range(3))
        held = silent(server, kSilent)
        for number, connection in enumerate(held):
            # A few bytes of a banner, a whole one, one and the beginning of a packet.
            connection.sendall((b"", b"S", b"SSH-2.0-slow\r\n", b"SSH-2.0-slow\r\n\0\0\x01\0")[number % 4])
        outcomes = [login(live, server) for _ in range(3)]
        best = min(seconds for _, seconds in outcomes)
        live.check(all(done.ok for done, _ in outcomes), "everybody logs in", outcomes[0][0])
        # A slow machine is slow without them too.
        live.check(best < max(kMost, 2 * alone),
                   f"{kSilent} slow peers: a login takes {best:.3f} s, without them {alone:.3f} s")
        for connection in held:
            connection.close()
    with live.server("--max-startups", "off", "--login-grace-time", "2") as server:
        held = silent(server, 20)
        begin = time.monotonic()
        alive = list(held)
        # A byte now and then does not put the end off.
        while alive and time.monotonic() - begin < 20:
            for connection in list(alive):
                try:
                    connection.sendall(b"S")
                    connection.settimeout(0.001)
                    try:
                        if connection.recv(4096) == b"":
                            alive.remove(connection)
                    except TimeoutError:
                        pass
                except OSError:
                    alive.remove(connection)
            time.sleep(0.05)
        seconds = time.monotonic() - begin
        live.check(not alive and seconds < 8, f"who drips bytes is sent away in time ({seconds:.1f} s)")


harness.main(test)
