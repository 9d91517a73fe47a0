"""OpenSSH's sftp: transfers, listings and every file operation it has."""

import concurrent.futures
import os
import re
import stat

import harness

kSizes = (0, 1, 32768, 261120, 261121, 5_000_003)
kEntries = 20_000


def transfers(live, server):
    for size in kSizes:
        harness.random_file(live.local / "data", size)
        back = live.local / "back"
        done = live.sftp(server, "put data", f"get data {back}", "rm data")
        live.check_ok(done, f"put and get of {size} bytes")
        live.check_same(live.local / "data", back, f"{size} bytes come back unchanged", done)

    big = live.local / "big"
    harness.random_file(big, 9_000_001)
    for arguments in (("-B", "1000"), ("-B", "262144", "-R", "1"), ("-R", "256",), ("-C",)):
        done = live.sftp(server, "put big", "get big again", "rm big", arguments=arguments)
        live.check_same(big, live.local / "again", f"put and get with {' '.join(arguments)}", done)

    done = live.sftp(server, "put -f big synced")
    live.check(done.ok and "fsync" not in done.err, "put -f synchronises the file", done)
    live.check_same(big, live.tree / "synced", "put -f writes the file", done)

    (live.local / "part").write_bytes(big.read_bytes()[:3_000_000])
    done = live.sftp(server, "reget synced part")
    live.check_same(big, live.local / "part", "reget adds what is missing", done)
    (live.tree / "part").write_bytes(big.read_bytes()[:4_000_000])
    done = live.sftp(server, "reput big part")
    live.check_same(big, live.tree / "part", "reput adds what is missing", done)

    os.utime(big, (1_000_000_000, 1_100_000_000))
    os.chmod(big, 0o640)
    done = live.sftp(server, "put -p big kept", "get -p kept kept")
    for place in (live.tree, live.local):
        found = os.stat(place / "kept")
        live.check(stat.S_IMODE(found.st_mode) == 0o640 and found.st_mtime == 1_100_000_000,
                   f"put -p and get -p keep mode and time in {place.name}", done)

    for number in range(20):
        folder = live.local / "folder" / f"sub {number}" / "näme"
        folder.mkdir(parents=True)
        harness.random_file(folder / f"file {number}", number * 1000)
    done = live.sftp(server, "put -r folder", "get -r folder folder-back", timeout=120)
    live.check_ok(done, "put -r and get -r")
    same = live.run("diff", "-r", live.local / "folder", live.local / "folder-back")
    live.check_ok(same, "a tree with spaces and UTF-8 in its names comes back unchanged")


def listings(live, server):
    many = live.tree / "many"
    many.mkdir()
    for number in range(kEntries):
        os.close(os.open(many / f"entry{number:05}", os.O_CREAT | os.O_WRONLY, 0o640))
    done = live.sftp(server, "ls -l many", timeout=120)
    lines = [line for line in done.out.splitlines() if "entry" in line and "sftp>" not in line]
    live.check(done.ok and len(lines) == kEntries, f"ls -l lists {kEntries} entries", done)
    form = re.compile(r"-rw-r----- +\S+ +\S+ +\S+ +0 [A-Z][a-z]{2} [ 0-3]\d [ \d:]{5} (many/)?entry\d{5}$")
    odd = [line for line in lines if not form.match(line)]
    live.check(not odd, f"each line of ls -l has the form of ls(1), not {odd[:1]}")
    done = live.sftp(server, "ls -1 many", timeout=120)
    names = {line.rsplit("/", 1)[-1] for line in done.out.splitlines() if "sftp>" not in line}
    live.check(names == {f"entry{number:05}" for number in range(kEntries)}, "ls -1 names each once")
    done = live.sftp(server, "ls -1 many/entry0001*")
    live.check(len(done.out.splitlines()) == 11, "ls takes a pattern", done)

    done = live.sftp(server, "mkdir few", "cd few", "pwd", "ls -la")
    live.check("Remote working directory: /few" in done.out, "cd and pwd", done)
    itself = [line.split() for line in done.out.splitlines() if line.endswith(" .")]
    live.check(bool(itself) and itself[0][0] == "drwxr-xr-x", "ls -la shows the folder itself", done)
    done = live.sftp(server, "ls -l many/entry00000")
    live.check(harness.kUser in done.out, "ls -l names the owner", done)
    done = live.sftp(server, "version")
    live.check("version 3" in done.out, "the version is 3", done)


def operations(live, server):
    tree = live.tree
    (tree / "a").write_text("a")
    (tree / "b").write_text("b")
    done = live.sftp(server, "rename a b")
    live.check(done.ok and not (tree / "a").exists() and (tree / "b").read_text() == "a",
               "rename replaces an existing file", done)
    (tree / "a").write_text("new")
    done = live.sftp(server, "rename -l a b")
    live.check_fails(done, ["failure", "exists"], "rename -l over an existing file is refused")
    live.check((tree / "b").read_text() == "a", "and changes nothing")

    done = live.sftp(server, "ln b hard", "ln -s b soft", "ln -s /nowhere/at/all dangling")
    live.check_ok(done, "ln and ln -s")
    live.check((tree / "hard").exists() and (tree / "hard").samefile(tree / "b"), "ln makes a hard link")
    live.check((tree / "soft").is_symlink() and os.readlink(tree / "soft") == "b", "ln -s points at b")
    live.check((tree / "dangling").is_symlink() and
               os.readlink(tree / "dangling") == "/nowhere/at/all", "ln -s keeps its text")
    done = live.sftp(server, "ls -l soft", "get soft followed")
    live.check(done.ok and (live.local / "followed").read_text() == "a", "get follows a link", done)

    done = live.sftp(server, "chmod 600 b")
    live.check(done.ok and stat.S_IMODE((tree / "b").stat().st_mode) == 0o600, "chmod", done)
    done = live.sftp(server, "chmod 4755 b")
    live.check(stat.S_IMODE((tree / "b").stat().st_mode) & 0o6000 == 0, "chmod sets no setuid bit", done)

    done = live.sftp(server, "df", "df -h", "df -i")
    live.check(done.ok and "Avail" in done.out and "%" in done.out, "df, df -h and df -i", done)
    size = re.search(r"^ +(\d+) +\d+ +\d+", done.out, re.M)
    disk = os.statvfs(tree)
    live.check(bool(size) and int(size[1]) == disk.f_blocks * disk.f_frsize // 1024,
               "df shows the size that the system shows", done)

    harness.random_file(tree / "original", 3_000_007)
    done = live.sftp(server, "cp original copied")
    live.check_ok(done, "cp is done by the server (copy-data)")
    live.check_same(tree / "original", tree / "copied", "cp copies the file", done)

    done = live.sftp(server, "mkdir new", "mkdir new/deep", "put followed new/deep/x",
                     "-rmdir new", "rm new/deep/x", "rmdir new/deep", "rmdir new")
    live.check(done.ok and not (tree / "new").exists(), "mkdir, rm and rmdir", done)
    live.check("Failure" in done.err or "not empty" in done.err.lower(),
               "rmdir of a folder that is not empty is refused", done)

    for command, words in (
            ("get missing", ["not found", "No such file"]), ("rm missing", ["no such file"]),
            ("cd b", ["not a directory"]), ("mkdir b", ["failure", "exists"]),
            ("ln missing m", ["no such file"]), ("chmod 600 missing", ["no such file"]),
            ("put followed missing/x", ["no such file"]), ("rename missing x", ["no such file"]),
            ("ls missing", ["not found", "no such file"]), ("cp missing x", ["no such file"])):
        live.check_fails(live.sftp(server, command), words, f"{command}: refused with its reason")

    name = "sp ace's \"quoted\" ünï\\back"
    (tree / name).write_text("odd")
    done = live.sftp(server, "get *ace* odd")
    live.check(done.ok and (live.local / "odd").read_text() == "odd", "a name with odd bytes", done)


def ownership(live, server):
    (live.tree / "owned").write_text("")
    if os.getuid() != 0:
        done = live.sftp(server, "chown 1 owned")
        live.check_fails(done, "permission denied", "chown is refused with its reason")
        return
    done = live.sftp(server, "chown 12345 owned", "chgrp 54321 owned")
    found = os.stat(live.tree / "owned")
    live.check(done.ok and (found.st_uid, found.st_gid) == (12345, 54321), "chown and chgrp by root", done)

    # The same as a user who may not.
    nobody = 65534
    for path in (live.dir, live.home, live.tree, live.dir / "keys"):
        path.chmod(0o755)
    key_file = live.authorize(live.user_key(), name="nobodys_keys")
    host_key = live.host_key("ed25519")
    root = live.dir / "nobodys"
    root.mkdir()
    (root / "file").write_text("")
    for path in (live.dir, live.home, key_file, host_key, root, root / "file"):
        os.chown(path, nobody, nobody)
    other = live.server("--authorized-keys", key_file, "--user", harness.kUser, root=root,
                        host_keys=("ed25519",), authorized=False,
                        user=nobody, group=nobody, extra_groups=[])
    with other:
        done = live.sftp(other, "chown 0 file")
        live.check_fails(done, "permission denied", "chown by a user is refused with its reason")
        live.check_ok(live.sftp(other, "ls -l", "df"), "and the session goes on")


def many_at_once(live):
    harness.random_file(live.local / "data", 5_000_003)
    for clients, threads in ((8, 3), (16, 2)):
        at_once(live, clients, threads)


def at_once(live, clients, threads):
    go = live.local / f"go{threads}"
    with live.server("--threads", threads) as server:
        def logged_in():
            return server.log.count("subsystem 'sftp'")

        def client(number):
            # From ten on that are not logged in, the server drops some.
            harness.wait_until(lambda: number - logged_in() < 8, 60)
            batch = live.dir / f"batch{number}"
            batch.write_text(f"!while [ ! -e {go} ]; do sleep 0.05; done\n"
                             f"put data up{threads}-{number}\n"
                             f"get up{threads}-{number} down{threads}-{number}\n")
            return live.run(harness.need("sftp"), *live.ssh_options(), "-P", server.port, "-b", batch,
                            f"{harness.kUser}@127.0.0.1", timeout=120)

        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            running = [pool.submit(client, number) for number in range(clients)]
            live.check(harness.wait_until(lambda: logged_in() == clients, 60),
                       f"{clients} clients are logged in, --threads {threads}")
            go.touch()
            for number, done in enumerate(running):
                live.check_same(live.local / "data", live.local / f"down{threads}-{number}",
                                f"client {number} of {clients} at once, --threads {threads}",
                                done.result())


def read_only(live):
    (live.tree / "fixed").write_text("fixed")
    before = live.run("ls", "-lAR", "--time-style=full-iso", live.tree).out
    with live.server("--read-only") as server:
        for command in ("put big fixed", "put big other", "rm fixed", "mkdir other", "rmdir many",
                        "rename fixed other", "ln fixed other", "ln -s fixed other",
                        "chmod 777 fixed", "cp fixed other"):
            live.check_fails(live.sftp(server, command), ["permission denied", "read-only", "not support"],
                             f"--read-only refuses {command}")
        done = live.sftp(server, "get fixed fixed")
        live.check(done.ok and (live.local / "fixed").read_text() == "fixed", "--read-only serves get", done)
    after = live.run("ls", "-lAR", "--time-style=full-iso", live.tree).out
    live.check(before == after, "and the tree is unchanged")


def test(live):
    harness.need("sftp")
    with live.server() as server:
        live.sftp(server, "pwd")
        transfers(live, server)
        listings(live, server)
        operations(live, server)
        live.check(server.logged("subsystem"), "the log has the subsystem")
        live.check(server.logged("closed"), "the log has the end of a connection")
    read_only(live)
    many_at_once(live)
    with live.server() as server:
        ownership(live, server)


harness.main(test)
