"""nacre-fuzz-peer against our server and OpenSSH's: each of its sessions ends, the server lives, and
a server that says nothing is found."""

import socket
import threading

import harness
from our_client import Sshd

kSessions = 60
kSeed = 7


def peer(live, port, sessions, patience):
    """The patience is in milliseconds."""
    return live.run(program(), "connect", port, sessions, kSeed, timeout=100,
                    env={"NACRE_PATIENCE": str(patience)})


def program():
    path = harness.kBuild / "fuzz/nacre-fuzz-peer"
    return path if path.exists() else harness.skip("nacre-fuzz-peer is not built")


def spoken_to(live, server, name):
    done = peer(live, server.port, kSessions, 20_000)
    live.check(done.ok and "disconnect" in done.text, f"{name}: {kSessions} sessions end", done)
    live.check(server.process.poll() is None, f"{name}: the server lives")
    live.check_ok(live.ssh(server, "-s", "sftp", input=b""), f"{name}: and a login works")


def silent(live):
    """It accepts, and that is all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = []

        def accept():
            try:
                while True:
                    held.append(listener.accept()[0])
            except OSError:
                pass

        waiter = threading.Thread(target=accept)
        waiter.start()
        done = peer(live, listener.getsockname()[1], 1, 300)
        listener.shutdown(socket.SHUT_RDWR)
        waiter.join()
        for connection in held:
            connection.close()
    live.check(len(held) == 1 and done.status == 1, "a silent server is a finding", done)


def test(live):
    program()
    silent(live)
    with live.server("--max-startups", "off") as server:
        spoken_to(live, server, "nacre-sftpd")
    with Sshd(live, "MaxStartups 1000") as sshd:
        spoken_to(live, sshd, "OpenSSH's sshd")


harness.main(test)
