"""lftp: transfers and mirrors over sftp, in all its versions."""

import os
import shutil

import harness


def test(live):
    lftp = harness.need("lftp")
    harness.random_file(live.local / "data", 5_000_003)
    for number in range(50):
        (live.local / "folder" / f"sub{number % 5}").mkdir(parents=True, exist_ok=True)
        harness.random_file(live.local / "folder" / f"sub{number % 5}" / f"file{number}", number * 5003)
    with live.server("--log-level", "debug") as server:
        connect = " ".join([harness.need("ssh"), "-a", "-x", *live.ssh_options()])

        def lftp_run(*commands, version=6):
            script = live.dir / "script"
            script.write_text("\n".join(
                [f'set sftp:connect-program "{connect}"', f"set sftp:protocol-version {version}",
                 "set net:max-retries 1",
                 "set net:timeout 20", "set cmd:fail-exit yes",
                 f"open -u {harness.kUser}, -p {server.port} sftp://127.0.0.1", *commands]) + "\n")
            return live.run(lftp, "--norc", "-f", script, timeout=90)

        for version in (3, 4, 5, 6):
            print(f"-- version {version}")

            def run(*commands, version=version):
                return lftp_run(*commands, version=version)

            done = run("put data", "get data -o back", "mv data moved", "ls", "chmod 600 moved")
            live.check_ok(done, "put, get, mv, ls and chmod")
            live.check("moved" in done.out and harness.kUser in done.out, "ls shows name and owner", done)
            live.check_same(live.local / "data", live.local / "back", "get", done)
            live.check_same(live.local / "data", live.tree / "moved", "put and mv", done)
            live.check((live.tree / "moved").stat().st_mode & 0o777 == 0o600, "chmod", done)
            done = run("ln -s moved soft", "ls")
            live.check_ok(done, "ln -s")
            live.check(os.readlink(live.tree / "soft") == "moved", "ln -s names its target", done)
            if version == 6:  # it has no hard links in the others
                done = run("ln moved hard")
                live.check((live.tree / "hard").samefile(live.tree / "moved"), "ln", done)
                run("rm hard")
            done = run("rm soft", "mirror -R --parallel=3 folder up", "mirror --parallel=3 up down")
            live.check_ok(done, "mirror both ways, three at a time")
            live.check_ok(live.run("diff", "-r", "folder", "down"), "a tree comes back unchanged")
            done = run("pget -n 4 moved -o pieces")
            live.check_same(live.local / "data", live.local / "pieces", "pget in four pieces", done)
            live.check(server.logged("sftp version", f"{version}, client has {version}"), f"version {version} was spoken", done)
            if version == 6:
                break
            live.check_ok(run("rm -r moved up"), "rm -r")
            for left in ("back", "pieces"):
                (live.local / left).unlink()
            shutil.rmtree(live.local / "down")
        (live.local / "part").write_bytes((live.local / "data").read_bytes()[:2_000_000])
        done = lftp_run("get -c moved -o part")
        live.check_same(live.local / "data", live.local / "part", "get -c goes on", done)
        live.check_fails(lftp_run("get missing"), "no such file", "a file that is missing")
        done = lftp_run("mkdir -p a/b", "rmdir a/b", "rm moved", "rm -r up a")
        live.check(done.ok and not list(live.tree.iterdir()), "mkdir, rmdir, rm and rm -r", done)


harness.main(test)
