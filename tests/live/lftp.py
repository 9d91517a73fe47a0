"""lftp: transfers and mirrors over sftp."""

import harness


def test(live):
    lftp = harness.need("lftp")
    harness.random_file(live.local / "data", 5_000_003)
    for number in range(50):
        (live.local / "folder" / f"sub{number % 5}").mkdir(parents=True, exist_ok=True)
        harness.random_file(live.local / "folder" / f"sub{number % 5}" / f"file{number}", number * 5003)
    with live.server() as server:
        connect = " ".join([harness.need("ssh"), "-a", "-x", *live.ssh_options()])

        def lftp_run(*commands):
            script = live.dir / "script"
            script.write_text("\n".join(
                [f'set sftp:connect-program "{connect}"', "set net:max-retries 1",
                 "set net:timeout 20", "set cmd:fail-exit yes",
                 f"open -u {harness.kUser}, -p {server.port} sftp://127.0.0.1", *commands]) + "\n")
            return live.run(lftp, "--norc", "-f", script, timeout=90)

        done = lftp_run("put data", "get data -o back", "mv data moved", "ls", "chmod 600 moved")
        live.check_ok(done, "put, get, mv, ls and chmod")
        live.check_same(live.local / "data", live.local / "back", "get", done)
        live.check_same(live.local / "data", live.tree / "moved", "put and mv", done)
        live.check((live.tree / "moved").stat().st_mode & 0o777 == 0o600, "chmod", done)
        done = lftp_run("mirror -R --parallel=3 folder up", "mirror --parallel=3 up down")
        live.check_ok(done, "mirror both ways, three at a time")
        live.check_ok(live.run("diff", "-r", "folder", "down"), "a tree comes back unchanged")
        done = lftp_run("pget -n 4 moved -o pieces")
        live.check_same(live.local / "data", live.local / "pieces", "pget in four pieces", done)
        (live.local / "part").write_bytes((live.local / "data").read_bytes()[:2_000_000])
        done = lftp_run("get -c moved -o part")
        live.check_same(live.local / "data", live.local / "part", "get -c goes on", done)
        live.check_fails(lftp_run("get missing"), "no such file", "a file that is missing")
        done = lftp_run("mkdir -p a/b", "rmdir a/b", "rm moved", "rm -r up a")
        live.check(done.ok and not list(live.tree.iterdir()), "mkdir, rmdir, rm and rm -r", done)


harness.main(test)
