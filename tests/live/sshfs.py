"""sshfs: the served folder as a file system."""

import os

import harness


def work(live, mount):
    data = live.local / "data"
    harness.random_file(data, 5_000_003)
    done = live.run("cp", data, mount / "copy", timeout=60)
    live.check_same(data, live.tree / "copy", "a file written through the mount", done)
    done = live.run("cp", mount / "copy", live.local / "back", timeout=60)
    live.check_same(data, live.local / "back", "a file read through the mount", done)
    with open(mount / "copy", "r+b") as file:
        file.seek(1_000_000)
        file.write(b"in the middle")
        file.flush()
        os.fsync(file.fileno())
    live.check((live.tree / "copy").read_bytes()[1_000_000:1_000_013] == b"in the middle",
               "a write in the middle, synchronised")
    os.truncate(mount / "copy", 100)
    live.check((live.tree / "copy").stat().st_size == 100, "truncate")
    with open(mount / "copy", "ab") as file:
        file.write(b"appended")
    live.check((live.tree / "copy").read_bytes()[100:] == b"appended", "append")

    (mount / "a").write_text("a")
    (mount / "b").write_text("b")
    os.rename(mount / "a", mount / "b")
    live.check((live.tree / "b").read_text() == "a" and not (live.tree / "a").exists(),
               "rename over an existing file")
    os.symlink("b", mount / "link")
    live.check(os.readlink(live.tree / "link") == "b" and (mount / "link").read_text() == "a",
               "a symbolic link")
    os.link(mount / "b", mount / "hard")
    live.check((live.tree / "hard").samefile(live.tree / "b"), "a hard link")
    os.chmod(mount / "b", 0o600)
    live.check((live.tree / "b").stat().st_mode & 0o777 == 0o600, "chmod")
    os.utime(mount / "b", (1_000_000_000, 1_100_000_000))
    live.check((live.tree / "b").stat().st_mtime == 1_100_000_000, "utime")
    (mount / "folder" / "deep").mkdir(parents=True)
    try:
        (mount / "folder").rmdir()
        live.check(False, "a folder that is not empty stays")
    except OSError:
        live.check((live.tree / "folder/deep").is_dir(), "a folder that is not empty stays")
    (mount / "folder" / "deep").rmdir()
    (mount / "folder").rmdir()
    live.check(not (live.tree / "folder").exists(), "mkdir and rmdir")
    for number in range(500):
        (live.tree / f"many{number}").touch()
    os.mkdir(mount / "marker")
    live.check(len([n for n in os.listdir(mount) if n.startswith("many")]) == 500, "a long listing")
    disk, here = os.statvfs(mount), os.statvfs(live.tree)
    live.check(disk.f_blocks * disk.f_frsize == here.f_blocks * here.f_frsize, "statvfs")
    try:
        (mount / "missing").read_text()
        live.check(False, "a file that is missing")
    except FileNotFoundError:
        live.check(True, "a file that is missing")


def exercise(live, mount):
    """Random blocks of four jobs at once; each has a checksum and says where it belongs."""
    fio = harness.need("fio")

    def run(name, folder, *settings):
        done = live.run(fio, f"--name={name}", f"--directory={folder}", "--size=16M", "--bs=16k",
                        "--ioengine=psync", "--fallocate=none", "--verify=crc32c",
                        "--verify_fatal=1", "--randseed=4", "--output-format=terse", *settings,
                        timeout=240)
        live.check_ok(done, f"fio: {name} {' '.join(settings)}")

    run("mixed", mount, "--rw=randrw", "--numjobs=4", "--fsync=32", "--invalidate=1")
    # What was written through the mount is verified in the folder that is served.
    run("written", mount, "--rw=randwrite", "--end_fsync=1", "--do_verify=0")
    run("written", live.tree, "--rw=randwrite", "--verify_only")


def test(live):
    sshfs, unmount = harness.need("sshfs"), harness.need("fusermount3")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        # Not a program that could be installed: even CI may have none.
        print("skipped: no /dev/fuse")
        raise SystemExit(77)
    mount = live.dir / "mount"
    mount.mkdir()
    with live.server() as server:
        options = ",".join(["port=%d" % server.port, "reconnect", "no_check_root", "dir_cache=no",
                            "ssh_command=" + " ".join(
                                [harness.need("ssh"), *live.ssh_options()]).replace(",", "\\,")])
        process = live.start(sshfs, "-f", f"{harness.kUser}@127.0.0.1:/", mount, "-o", options,
                             stdout=open(live.dir / "sshfs.log", "wb"), stderr=-2)
        try:
            mounted = harness.wait_until(lambda: os.path.ismount(mount))
            live.check(mounted, "sshfs mounts: " + (live.dir / "sshfs.log").read_text())
            if mounted:
                work(live, mount)
                exercise(live, mount)
        finally:
            done = live.run(unmount, "-u", mount)
            live.check(done.ok, "it unmounts", done)
            live.finish(process)


harness.main(test)
