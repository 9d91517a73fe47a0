"""OpenSSH's scp, over SFTP and in its own old protocol (a program run by --allow-exec)."""

import os
import stat

import harness


def copies(live, server, mode, remote):
    scp = [harness.need("scp"), *mode, *live.ssh_options(), "-P", server.port]
    peer = f"{harness.kUser}@127.0.0.1:{remote}"
    name = f"scp {' '.join(mode)}".strip()

    data = live.local / "data"
    harness.random_file(data, 7_000_001)
    os.utime(data, (1_000_000_000, 1_100_000_000))
    data.chmod(0o640)
    done = live.run(*scp, "-p", "data", f"{peer}/up")
    live.check_same(data, live.tree / "up", f"{name} to the server", done)
    found = os.stat(live.tree / "up")
    live.check(stat.S_IMODE(found.st_mode) == 0o640 and found.st_mtime == 1_100_000_000,
               f"{name} -p keeps mode and time", done)
    done = live.run(*scp, f"{peer}/up", "down")
    live.check_same(data, live.local / "down", f"{name} from the server", done)

    for number in range(5):
        (live.local / "folder" / f"sub{number}").mkdir(parents=True, exist_ok=True)
        harness.random_file(live.local / "folder" / f"sub{number}" / "a file", number * 100_000)
    live.run("rm", "-rf", live.local / "back", live.tree / "folder")
    done = live.run(*scp, "-r", "folder", f"{peer}/")
    live.check_ok(done, f"{name} -r to the server")
    done = live.run(*scp, "-r", f"{peer}/folder", "back")
    live.check_ok(done, f"{name} -r from the server")
    live.check_ok(live.run("diff", "-r", "folder", "back"), f"{name} -r copies a tree unchanged")

    done = live.run(*scp, f"{peer}/missing", "missing")
    live.check_fails(done, "no such file", f"{name} of a file that is missing")
    done = live.run(*scp, "data", f"{peer}/missing/data")
    live.check(done.status not in (0, None), f"{name} into a folder that is missing", done)


def test(live):
    harness.need("scp")
    with live.server("--allow-exec") as server:
        copies(live, server, (), "")
        copies(live, server, ("-O",), live.tree)
        peer = f"{harness.kUser}@127.0.0.1:"
        done = live.run(harness.need("scp"), "-3", *live.ssh_options(), "-P", server.port,
                        f"{peer}/up", f"{peer}/twice")
        live.check_same(live.tree / "up", live.tree / "twice", "scp -3 from the server to itself", done)


harness.main(test)
