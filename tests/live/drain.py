"""SIGTERM while 50 transfers run: they may end, nobody new comes in, and nothing that was
acknowledged is lost."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import harness
import raw_sftp

kSessions = 44
kClients = 6  # of OpenSSH, beside the sessions above
kBlock = 32768
kBlocks = 40
kClientSize = 20_000_003  # 10 s at the clients' rate: all of them are under way at once
kPatience = 20


def command(live, server):
    return [harness.need("ssh"), *live.ssh_options(), "-p", server.port, "-s",
            f"{harness.kUser}@127.0.0.1", "sftp"]


class Transfer(threading.Thread):
    """One session: even numbers upload, odd ones download, a block at a time. In the middle each
    waits to be told to go on."""

    def __init__(self, live, server, number, blocks):
        super().__init__()
        self.live, self.server, self.number, self.blocks = live, server, number, blocks
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.name, self.acknowledged, self.whole = f"up{number}", 0, False
        self.is_upload = number % 2 == 0
        self.data = os.urandom(kBlock)

    def run(self):
        session = raw_sftp.RawSftp(command(self.live, self.server), stderr=subprocess.DEVNULL,
                                   env=self.live.environment())
        try:
            self.transfer(session)
            self.whole = True
        except (ConnectionError, OSError):
            pass
        finally:
            self.begun.set()
            session.process.kill()
            session.process.wait()

    def transfer(self, session):
        if self.is_upload:
            handle = session.open(self.name, raw_sftp.kWrite | raw_sftp.kCreate)
        else:
            handle = session.open("source", raw_sftp.kRead)
        block = 0
        while self.blocks is None or block < self.blocks:
            if block == 2:
                self.begun.set()
                self.go_on.wait()
            if self.is_upload:
                session.write(handle, block * kBlock, self.data)
            elif len(session.read(handle, block % kBlocks * kBlock, kBlock)) != kBlock:
                return
            self.acknowledged += kBlock
            block += 1
        session.close_handle(handle)

    def is_kept(self, tree):
        """Whether all that was acknowledged is in the file."""
        if not self.is_upload:
            return True
        written = (tree / self.name).read_bytes()
        blocks = self.acknowledged // kBlock
        return blocks > 0 and written[:self.acknowledged] == self.data * blocks


def begin(live, server, count, blocks):
    transfers = [Transfer(live, server, number, blocks) for number in range(count)]
    for transfer in transfers:
        transfer.start()
    begun = all(transfer.begun.wait(kPatience) for transfer in transfers)
    live.check(begun and all(transfer.acknowledged > 0 for transfer in transfers),
               f"{count} transfers run")
    return transfers


def end(transfers):
    for transfer in transfers:
        transfer.join(kPatience)


def refuses(server):
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=kPatience).close()
    except ConnectionRefusedError:
        return True
    return False


def open_files(server):
    found = []
    for entry in list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()):
        try:
            found.append(os.path.basename(os.readlink(entry)))
        except FileNotFoundError:
            pass
    return found


def clients(live, server):
    """OpenSSH's client, three times each way, at a rate at which it has to do for some seconds."""
    started = []
    for number in range(kClients):
        name = f"client{number}"
        if number % 2:
            (live.tree / name).write_bytes((live.local / "whole").read_bytes())
            text = f"get {name} {name}\n"
        else:
            text = f"put whole {name}\n"
        batch = live.dir / name
        batch.write_text(text)
        started.append(live.start(
            harness.need("sftp"), "-l", "16000", *live.ssh_options(), "-P", server.port, "-b",
            batch, f"{harness.kUser}@127.0.0.1", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))
    live.check(harness.wait_until(lambda: sum(name.startswith("client")
                                              for name in open_files(server)) == kClients),
               f"{kClients} clients have a file open")
    return started


def in_time(live):
    """All may end; a session that has nothing under way is told to go."""
    with live.server("--max-startups", "off", "--drain-time", "30") as server:
        transfers = begin(live, server, kSessions, kBlocks)
        idle = live.start(*command(live, server), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL)
        live.check(harness.wait_until(lambda: server.log.count("subsystem") > kSessions),
                   "one more has nothing under way")
        running = clients(live, server)
        server.process.send_signal(signal.SIGTERM)
        live.check(harness.wait_until(lambda: refuses(server)), "nobody new is let in")
        idle.wait(kPatience)
        said = idle.stderr.read().decode()
        live.check("11: server is shutting down" in said, f"who is idle is told: {said.strip()}")
        live.check(server.process.poll() is None, "the server waits for the others")
        for transfer in transfers:
            transfer.go_on.set()
        end(transfers)
        whole = sum(transfer.whole for transfer in transfers)
        live.check(whole == kSessions, f"{whole} of {kSessions} transfers ended")
        statuses = [client.wait(kPatience) for client in running]
        live.check(statuses == [0] * kClients, f"OpenSSH's clients end with {statuses}")
        live.check(server.process.wait(kPatience) == 0, "then the server ends with status 0")
    live.check(all(transfer.is_kept(live.tree) for transfer in transfers), "all uploads are whole")
    for number in range(kClients):
        folder = live.local if number % 2 else live.tree
        live.check_same(live.local / "whole", folder / f"client{number}", f"client{number} is whole")


def cut(live, name, drain_time, at_least, *signals):
    """Transfers that never end: the time is over, not before `at_least` seconds, or somebody is
    impatient."""
    with live.server("--max-startups", "off", "--drain-time", drain_time) as server:
        transfers = begin(live, server, kSessions // 2, None)
        for transfer in transfers:
            transfer.go_on.set()
        began = time.monotonic()
        for number, sent in enumerate(signals):
            server.process.send_signal(sent)
            # A signal that is still pending would swallow the next one.
            harness.wait_until(lambda: server.log.count("ending on signal") > number)
        status = server.process.wait(kPatience)
        seconds = time.monotonic() - began
        live.check(status == 0 and at_least <= seconds < 15, f"{name}: status {status} after {seconds:.1f} s")
    end(transfers)
    live.check(all(transfer.is_kept(live.tree) for transfer in transfers),
               f"{name}: all that was acknowledged is there")


def test(live):
    harness.need("sftp")
    harness.random_file(live.tree / "source", kBlock * kBlocks)
    harness.random_file(live.local / "whole", kClientSize)
    in_time(live)
    cut(live, "the time is over", "2", 2, signal.SIGTERM)
    cut(live, "a second SIGTERM", "60", 0, signal.SIGTERM, signal.SIGTERM)
    cut(live, "SIGINT", "60", 0, signal.SIGINT)


harness.main(test)
