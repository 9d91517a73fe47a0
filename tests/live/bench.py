"""nacre-bench's load on nacre-sftpd, each kind small, and tools/compare-peers: what they report has
the right form. How fast it was does not matter here."""

import json
import os
import pathlib

import harness

kSources = pathlib.Path(__file__).resolve().parents[2]
kSides = ("wall", "client CPU", "server CPU")
kPhases = {"create", "stat", "read", "remove"}


class Bench:
    def __init__(self, live, server):
        self.live, self.server = live, server
        self.json = live.local / "report.json"

    def run(self, command, *words, first=(), options=()):
        """The rows of the report; checks that it is one."""
        self.json.unlink(missing_ok=True)
        done = self.live.run(harness.ours("nacre-bench"), command, *first, "127.0.0.1",
                             self.server.port, harness.kUser, self.live.user_key(), *words,
                             "--server-pid", self.server.process.pid, *options, "--json", self.json)
        what = " ".join(["nacre-bench", command, *(str(word) for word in [*first, *words])])
        self.live.check_ok(done, what)
        if not self.json.exists():
            return []
        report = json.loads(self.json.read_text())
        self.live.check(report["machine"] and report["command"].startswith(command),
                        f"{what}: machine and command are in the report", done)
        return report["rows"]

    def sftp(self, *words, per, runs=2, options=()):
        """A load whose rows are the three sides of some measurements; their parameters."""
        rows = self.run("sftp", *words, options=["--runs", runs, *options])
        units = {row["unit"] for row in rows}
        self.live.check(units == {f"{side} {per}" for side in kSides}, f"{words[0]}: units, {units}")
        self.live.check(all(len(row["samples"]) == runs for row in rows), f"{words[0]}: {runs} samples")
        self.live.check(all(min(row["samples"]) > 0 for row in rows), f"{words[0]}: time passes")
        self.live.check(not any("resolution" in row["more"] for row in rows),
                        f"{words[0]}: CPU time of a server without children is exact")
        return [row["parameters"] for row in rows]


def loads(live, bench):
    tree = live.tree
    harness.random_file(tree / "data0", 3_000_001)
    harness.random_file(tree / "data1", 2_000_003)
    bench.sftp("get", "data%", per="s/GiB",
               options=["--sessions", 2, "--local", live.local / "got%"])
    for number in range(2):
        live.check_same(tree / f"data{number}", live.local / f"got{number}", f"get: file {number}")
    bench.sftp("put", "sent%", per="s/GiB",
               options=["--sessions", 2, "--local", tree / "data0", "--window", 256])
    for number in range(2):
        live.check_same(tree / "data0", tree / f"sent{number}", f"put: file {number}")
    found = bench.sftp("put", "zeros", per="s/GiB", runs=1,
                       options=["--mib", 2, "--cipher", "aes256-ctr", "--mac", "hmac-sha2-256",
                                "--kex", "curve25519-sha256"])
    live.check((tree / "zeros").read_bytes() == bytes(2 << 20), "put: zeros from memory")
    live.check(all(each["cipher"] == "aes256-ctr" and each["kex"] == "curve25519-sha256"
                   for each in found), "put: the parameters tell the algorithms")

    (tree / "folder").mkdir()
    found = bench.sftp("small", "folder", per="us/request",
                       options=["--files", 50, "--requests", 8, "--sessions", 2])
    live.check({each["phase"] for each in found} == kPhases, "small: four phases")
    live.check(not any((tree / "folder").iterdir()), "small: no file is left")
    for number in range(300):
        (tree / "folder" / f"file{number}").touch()
    bench.sftp("list", "folder", per="us/entry")
    bench.sftp("login", per="ms/login", options=["--logins", 10, "--at-once", 4])
    # Of two --server-pid the last counts: this process has had children that ended.
    rows = bench.run("sftp", "login", options=["--runs", 1, "--logins", 2, "--server-pid", os.getpid()])
    live.check([row["more"]["resolution"] > 0 for row in rows if row["unit"].startswith("server")]
               == [True], "login: the resolution of CPU time in ticks is told")


def idle_and_soak(live, bench):
    rows = bench.run("idle", first=[20])
    memory = [row for row in rows if row["unit"] == "PSS KiB/session"]
    live.check(len(memory) == 1 and memory[0]["samples"][0] < 1000, "idle: memory of a session")
    rows = bench.run("soak", first=[2], options=["--sessions", 2, "--workers", 2])
    figures = {unit: value for row in rows for unit, value in row.get("more", {}).items()}
    live.check(figures.get("operations", 0) > 0, "soak: operations")
    live.check(figures.get("errors") == 0 and figures.get("mismatches") == 0, "soak: no errors")
    descriptors = [row["samples"] for row in rows if row["unit"] == "server descriptors"]
    live.check(bool(descriptors) and descriptors[0][0] == descriptors[0][-1],
               "soak: no descriptor is left open in the server")


def mistakes(live, server):
    bench, key = harness.ours("nacre-bench"), live.user_key()
    where = ["127.0.0.1", server.port, harness.kUser]
    for words, said in ((["sftp", *where, key, "get"], "PATH is missing"),
                        (["sftp", *where, key, "get", "nothing"], "No such file"),
                        (["sftp", *where, key, "fly"], "WHAT"),
                        (["sftp", *where, live.key("stranger"), "list"], ["authenticat", "refused"]),
                        (["sftp", *where, "nothing", "list"], "KEY"),
                        (["sftp", *where, key, "list", "--server-pid", 999_999_999], "server"),
                        (["idle", 5, *where, key], "--server-pid"),
                        (["soak", "long", *where, key], "SECONDS")):
        live.check_fails(live.run(bench, *words), said, f"{words[0]} {words[-1]}: says {said}")


def peers(live):
    """compare-peers with the server that is always there, and for root with the same one in the
    root folder, as if that were another system."""
    harness.need("sshd")
    names = ["nacre", "openssh"]
    system = []
    if os.getuid() == 0:
        names.append("openssh@root")
        system = ["--system", "/"]
    samples = live.local / "peers.json"
    done = live.run(kSources / "tools" / "compare-peers", "--build", harness.kBuild, "--peers",
                    "openssh", "--runs", 1, "--mib", 2, "--logins", 2, "--files", 10, "--idle", 2,
                    "--only", "down-gcm,up-gcm-sftp,login,small,list,idle", "--json", samples,
                    *system, timeout=240)
    live.check_ok(done, "compare-peers")
    live.check(f"| nacre | {' | ratio | '.join(names[1:])} | ratio |" in done.out, "compare-peers prints a table", done)
    kept = json.loads(samples.read_text())["samples"] if samples.exists() else {}
    live.check(len(kept) == 6 and all(len(kept[load][peer]) == 1
                                      for load in kept for peer in names),
               "compare-peers: a sample of each load and server", done)


def test(live):
    with live.server() as server:
        bench = Bench(live, server)
        loads(live, bench)
        idle_and_soak(live, bench)
        mistakes(live, server)
    peers(live)


harness.main(test)
