"""Limits of nacre-sftpd that its options set, seen from outside."""

import socket
import time

import harness


def ident(server):
    """A connection that does no more than read the identification, and that, or nothing."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    try:
        return connection, connection.recv(100)
    except ConnectionResetError:
        return connection, b""


def startups(live):
    with live.server("--max-startups", "2") as server:
        held = [ident(server) for _ in range(2)]
        live.check(all(text.startswith(b"SSH-2.0-") for _, text in held), "two are let in")
        refused, text = ident(server)
        live.check(text == b"", "a third that is not logged in either is not")
        live.check(server.logged("refused", "not logged in"), "the log says so")
        refused.close()
        held[0][0].close()
        live.check(harness.wait_until(lambda: ident(server)[1] != b""), "until one has gone")
        for connection, _ in held:
            connection.close()
    with live.server("--max-startups", "off") as server:
        many = [ident(server) for _ in range(150)]
        live.check(all(text for _, text in many), "150 at once without the limit")
        for connection, _ in many:
            connection.close()


def grace(live):
    with live.server("--login-grace-time", "1") as server:
        begin = time.monotonic()
        connection, _ = ident(server)
        while connection.recv(1000):
            pass
        connection.close()
        live.check(0.9 < time.monotonic() - begin < 15, "who does not log in is sent away in time")
        live.check_ok(live.ssh(server, "-s", "sftp", input=b""), "who does is not")


def tries(live):
    strangers = [live.key(f"stranger-{number}") for number in range(3)]
    keys = [f"IdentityFile={path}" for path in (*strangers, live.user_key())]
    for most, good in ((3, False), (4, True)):
        with live.server("--max-auth-tries", str(most)) as server:
            done = live.ssh(server, "-s", "sftp", input=b"", key=False,
                            options=("BatchMode=yes", *keys))
            live.check(done.ok == good, f"the fourth key with --max-auth-tries {most}", done)


def sessions(live):
    control = ("ControlMaster=auto", f"ControlPath={live.home}/control", "ControlPersist=no")
    with live.server("--max-sessions", "1", "--allow-exec") as server:
        first = live.start(harness.need("ssh"), *live.ssh_options(*control), "-p", server.port,
                           f"{harness.kUser}@127.0.0.1", "sleep 60")
        live.check(harness.wait_until((live.home / "control").exists), "the first session")
        # It falls back to a connection of its own.
        second = live.ssh(server, "echo", "second", options=control, arguments=("-v",))
        live.check("session open refused by peer" in second.err.lower(),
                   "a second session in the same connection is refused", second)
        live.finish(first)


def test(live):
    harness.need("ssh")
    startups(live)
    grace(live)
    tries(live)
    sessions(live)


harness.main(test)
