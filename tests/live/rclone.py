"""rclone (Go's x/crypto/ssh and pkg/sftp): copies, checks and listings."""

import harness


def test(live):
    rclone = harness.need("rclone")
    for number in range(40):
        folder = live.local / "folder" / f"sub {number % 4}"
        folder.mkdir(parents=True, exist_ok=True)
        harness.random_file(folder / f"file{number}", number * 25_013)
    with live.server() as server:
        remote = (f":sftp,host=127.0.0.1,port={server.port},user={harness.kUser},"
                  f"key_file={live.user_key()},known_hosts_file={live.known_hosts},"
                  "shell_type=none:")
        base = [rclone, "--config", "", "--retries", "1", "--low-level-retries", "1"]
        done = live.run(*base, "copy", "folder", f"{remote}up", timeout=90)
        live.check_ok(done, "copy to the server")
        live.check_ok(live.run("diff", "-r", "folder", live.tree / "up"), "the tree arrives unchanged")
        done = live.run(*base, "check", "--download", "folder", f"{remote}up", timeout=90)
        live.check_ok(done, "check --download finds no difference")
        done = live.run(*base, "copy", f"{remote}up", "back", timeout=90)
        live.check_ok(done, "copy from the server")
        live.check_ok(live.run("diff", "-r", "folder", "back"), "the tree comes back unchanged")
        done = live.run(*base, "lsf", "-R", "--files-only", f"{remote}up")
        live.check(len(done.out.splitlines()) == 40, "lsf -R lists each file", done)
        done = live.run(*base, "moveto", f"{remote}up/sub 1/file1", f"{remote}up/moved")
        live.check(done.ok and (live.tree / "up/moved").exists(), "moveto", done)
        done = live.run(*base, "about", "--json", remote)
        live.check(done.ok and '"total"' in done.out, "about (statvfs)", done)
        done = live.run(*base, "purge", f"{remote}up")
        live.check(done.ok and not (live.tree / "up").exists(), "purge", done)
        done = live.run(*base, "lsf", f"{remote}missing")
        live.check_fails(done, "not found", "a folder that is missing")


harness.main(test)
