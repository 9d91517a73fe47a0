"""OpenSSH's ssh: programs run by --allow-exec, several sessions, and what is refused."""

import hashlib
import subprocess

import harness

kMegabytes = 100


def programs(live, server):
    done = live.ssh(server, "exit 7")
    live.check(done.status == 7, "exit status 7 arrives", done)
    done = live.ssh(server, "echo to-out; echo to-err >&2")
    live.check((done.out, done.err) == ("to-out\n", "to-err\n"), "stderr is apart from stdout", done)
    done = live.ssh(server, "kill -TERM $$", arguments=("-v",))
    live.check(done.status == 255 and "exit-signal" in done.err, "an exit signal arrives", done)
    done = live.ssh(server, "no-such-program-at-all")
    live.check(done.status == 127 and "not found" in done.err, "a program that is missing", done)
    done = live.ssh(server, "ls /proc/self/fd")
    live.check(done.out.split() == ["0", "1", "2", "3"],
               "a program inherits no descriptors; 3 is the folder that ls reads", done)
    done = live.ssh(server, "cat; echo end; cat >/dev/null", input="text\n")
    live.check(done.out == "text\nend\n", "standard input ends first", done)
    done = live.ssh(server, "exec >&- 2>&-; cat >closed-first; exit 5", input=b"x" * 3_000_000)
    live.check(done.status == 5, "standard output ends first, input still arrives", done)
    done = live.ssh(server, "head -c 10", input=b"0123456789" * 1_000_000)
    live.check(done.status == 0 and done.out == "0123456789", "a program that does not read all", done)
    done = live.ssh(server, "exit 3", input=b"z" * 10_000_000)
    live.check(done.status == 3, "a program that reads nothing", done)
    done = live.ssh(server, "true", arguments=("-n",))
    live.check_ok(done, "no standard input at all")
    done = live.ssh(server, "exit 4", arguments=("-tt",))
    live.check_fails(done, "pty allocation request failed", "a terminal is refused")
    done = live.ssh(server, "cat", options=("ServerAliveInterval=1", "ServerAliveCountMax=1"),
                    input="", arguments=("-n",))
    live.check_ok(done, "keepalives on")
    done = live.ssh(server, "sleep 3; echo alive",
                    options=("ServerAliveInterval=1", "ServerAliveCountMax=1"))
    live.check(done.out == "alive\n", "keepalives are answered", done)


def bulk(live, server):
    data = live.local / "data"
    digest = harness.random_file(data, kMegabytes * 1_000_000)
    for megabytes, options in ((kMegabytes, ()), (20, ("Compression=yes",)),
                               (20, ("RekeyLimit=1M", "KexAlgorithms=curve25519-sha256"))):
        sent = data.read_bytes()[:megabytes * 1_000_000]
        done = live.ssh(server, "cat", input=sent, timeout=180, options=options)
        live.check(done.ok and done.bytes == sent, " ".join(
            [f"{megabytes} MB through cat", *options]), harness.Outcome(
                done.command, done.status, b"%d bytes" % len(done.bytes), done.error_bytes))
    done = live.ssh(server, f"cat {data} >&2", timeout=180)
    live.check(hashlib.sha256(done.error_bytes).hexdigest() == digest and not done.bytes,
               f"{kMegabytes} MB on stderr")
    done = live.ssh(server, "sha256sum", input=data.read_bytes(), timeout=180)
    live.check(done.out.split()[:1] == [digest], f"{kMegabytes} MB one way", done)


def multiplexing(live, server):
    control = live.dir / "control"
    master = live.ssh(server, arguments=("-M", "-N", "-f", "-S", control))
    if not live.check_ok(master, "a ControlMaster starts"):
        return
    shared = [harness.need("ssh"), "-F", "none", "-S", str(control), "-o", "ControlMaster=no",
              "-o", "BatchMode=yes", f"{harness.kUser}@127.0.0.1"]
    running = [live.start(*shared, f"cat; exit {number}", stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) for number in range(8)]
    for number, session in enumerate(running):
        out, _ = session.communicate(b"%d" % number * 200_000, 60)
        live.check((out, session.returncode) == (b"%d" % number * 200_000, number),
                   f"session {number} of eight over one connection")
    done = live.run(*shared, "-O", "exit")
    live.check_ok(done, "the ControlMaster ends")
    live.check(server.log.count("accepted") == 1 or "accepted" in server.log,
               "the log has the connection")


def refusals(live, server):
    done = live.ssh(server, "true")
    live.check_fails(done, "exec request failed", "exec without --allow-exec")
    done = live.ssh(server)
    live.check_fails(done, "shell request failed", "a shell")
    done = live.ssh(server, "nonsense", arguments=("-s",))
    live.check_fails(done, "subsystem request failed", "an unknown subsystem")
    done = live.ssh(server, arguments=("-W", "127.0.0.1:1"))
    live.check_fails(done, ["prohibited", "refused", "unknown channel type", "open failed"],
                     "a forwarded connection")
    done = live.ssh(server, "-N", arguments=("-R", "0:127.0.0.1:1"),
                    options=("ExitOnForwardFailure=yes",))
    live.check_fails(done, "forwarding", "a forwarded listener")
    done = live.run(harness.need("ssh"), "-F", "none", "-p", server.port, "-o", "BatchMode=yes",
                    "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=/dev/null",
                    f"{harness.kUser}@127.0.0.1", "true")
    live.check_fails(done, "host key verification failed", "a client that does not know the host key")
    live.check_ok(live.sftp(server, "pwd"), "and the server goes on")


def test(live):
    harness.need("ssh")
    with live.server("--allow-exec") as server:
        live.check("exec" in server.log, "--allow-exec is warned about")
        programs(live, server)
        bulk(live, server)
    with live.server("--allow-exec") as server:
        multiplexing(live, server)
    with live.server() as server:
        refusals(live, server)


harness.main(test)
