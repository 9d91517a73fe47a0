"""Limits of nacre-sftpd that its options set, seen from outside."""

import select
import signal
import socket
import subprocess
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
        begin = time.monotonic()
        connection, _ = ident(server)
        end = None
        for byte in b"SSH-2.0-" + 200 * b"x":
            # As slow as it may be, the time runs from the first moment.
            if select.select([connection], [], [], 0.1)[0]:
                end = time.monotonic()
                break
            connection.send(bytes([byte]))
        connection.close()
        live.check(end is not None and 0.9 < end - begin < 15,
                   "who speaks byte by byte gains nothing by it")
        live.check_ok(live.ssh(server, "-s", "sftp", input=b""), "who does is not")
    options = ("--per-source-penalties", "grace-exceeded:30s,noauth:0,authfail:0,min:15s",
               "--per-source-penalty-exempt", "none", "--login-grace-time", "1")
    with live.server(*options) as server:
        connection, text = ident(server)
        live.check(text != b"", "let in before the penalty")
        while connection.recv(1000):
            pass
        connection.close()
        live.check(harness.wait_until(lambda: ident(server)[1] == b""),
                   "a penalty for who does not log in in time")


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


def penalties(live):
    """Connections without a login, and the penalty for them."""
    options = ("--per-source-penalties", "noauth:2s,min:3s,max:4s",
               "--per-source-penalty-exempt", "none")
    with live.server(*options) as server:
        for _ in range(2):
            connection, text = ident(server)
            live.check(text != b"", "let in before the penalty")
            connection.close()
        live.check(harness.wait_until(lambda: ident(server)[1] == b""), "kept out by the penalty")
        live.check(server.logged("refused", "has to wait"), "the log says so")
        live.check(harness.wait_until(lambda: ident(server)[1] != b""), "let in when it is over")
    # Only an unknown user is dear here.
    options = ("--per-source-penalties", "authfail:1s,noauth:0,invaliduser:30s,min:15s",
               "--per-source-penalty-exempt", "none")
    with live.server(*options) as server:
        live.check(not live.ssh(server, "-s", "sftp", input=b"", key=live.key("stranger")).ok,
                   "a wrong key")
        live.check(ident(server)[1] != b"", "no penalty yet for one wrong key")
        live.check(not live.ssh(server, "-s", "sftp", input=b"", user="nobody-here").ok,
                   "an unknown user")
        live.check(harness.wait_until(lambda: ident(server)[1] == b""),
                   "a penalty for an unknown user")
    # A busy server learns late of those that have left, and would refuse one for their number.
    with live.server("--max-startups", "off") as server:
        for _ in range(20):
            ident(server)[0].close()
        live.check(ident(server)[1] != b"", "this machine has no penalties by default")


def addresses(live):
    for options, said in ((("--deny-address", "127.0.0.0/8"), "address is blocked"),
                          (("--deny-address", "localhost"), "address is blocked"),
                          (("--allow-address", "192.0.2.0/24"), "not among those"),
                          (("--allow-address", "127.0.0.1", "--deny-address", "::1"), None)):
        with live.server(*options) as server:
            let_in = ident(server)[1] != b""
            live.check(let_in == (said is None), f"{' '.join(options)}: let in")
            live.check(said is None or server.logged("refused", said), "the log says why")


def per_source(live):
    with live.server("--per-source-max-connections", "2") as server:
        held = [ident(server) for _ in range(2)]
        live.check(all(text for _, text in held), "two of one source")
        live.check(ident(server)[1] == b"", "not three")
        for connection, _ in held:
            connection.close()


def session(live, server, *options):
    """OpenSSH's client with a subsystem that nobody talks to."""
    return live.start(harness.need("ssh"), *live.ssh_options(*options), "-p", server.port,
                      f"{harness.kUser}@127.0.0.1", "-s", "sftp", stdin=subprocess.PIPE)


def idle(live):
    """A session that asks for nothing, with keepalives of its own."""
    with live.server("--idle-timeout", "2") as server:
        begin = time.monotonic()
        client = session(live, server, "ServerAliveInterval=1")
        client.wait(harness.kEndOfProgram)
        live.check(1.5 < time.monotonic() - begin < 15, "an idle connection ends")
        live.check(server.logged("connection not used"), "the log says why")
        live.finish(client)


def alive(live):
    """A client that is stopped answers no question."""
    with live.server("--client-alive-interval", "1", "--client-alive-count-max", "2") as server:
        client = session(live, server)
        live.check(harness.wait_until(lambda: server.logged("subsystem")), "logged in")
        client.send_signal(signal.SIGSTOP)
        live.check(harness.wait_until(lambda: server.logged("keepalives not answered")),
                   "a client that does not answer is given up")
        client.send_signal(signal.SIGCONT)
        live.finish(client)


def test(live):
    harness.need("ssh")
    penalties(live)
    addresses(live)
    per_source(live)
    idle(live)
    alive(live)
    startups(live)
    grace(live)
    tries(live)
    sessions(live)


harness.main(test)
