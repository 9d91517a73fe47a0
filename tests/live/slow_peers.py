"""Peers that connect and say nothing, or too little: others log in as if there were none."""

import socket
import time

import harness

kSilent = 200
kMost = 1.0  # seconds for a login, the client's own start and mathematics among them


def silent(server, count):
    return [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(count)]


def login(live, server):
    begin = time.monotonic()
    done = live.ssh(server, "-s", "sftp", input=b"\0\0\0\5\1\0\0\0\3")
    return done, time.monotonic() - begin


def test(live):
    harness.need("ssh")
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
