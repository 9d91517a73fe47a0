"""A mount inside the served folder that does not answer: it holds up nobody else."""

import os
import signal
import time

import harness

kPatience = 5  # seconds for what must not wait, on a busy machine


def test(live):
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        # Not a program that could be installed: even CI may have none.
        print("skipped: no /dev/fuse")
        raise SystemExit(77)
    sshfs, unmount = harness.need("sshfs"), harness.need("fusermount3")
    far, mount = live.dir / "far", live.tree / "mount"
    for folder in (far, mount, far / "sub"):
        folder.mkdir()
    (far / "sub" / "file").write_text("far away")
    (live.tree / "near").write_text("near")
    with live.server(root=far) as other, live.server() as server:
        mounted = live.start(sshfs, "-f", "-p", str(other.port), *live.ssh_options(),
                             "-o", "attr_timeout=0,entry_timeout=0",
                             f"{harness.kUser}@127.0.0.1:/", str(mount))
        try:
            if not live.check(harness.wait_until(lambda: os.path.ismount(mount)), "mounted"):
                return
            # What is looked at once is in the kernel's cache.
            live.check_ok(live.sftp(server, "ls -l mount/sub", "ls -l near"), "before")
            mounted.send_signal(signal.SIGSTOP)
            for command in ("ls -l mount", "ls -l mount/sub/file", "mkdir mount/new",
                            "rm mount/missing", "get mount/sub/file hung", "rename mount/sub mount/to"):
                batch = live.dir / "hung"
                batch.write_text(f"{command}\n")
                hung = live.start(harness.need("sftp"), *live.ssh_options(), "-P", str(server.port),
                                  "-b", batch, f"{harness.kUser}@127.0.0.1")
                time.sleep(0.5)
                began = time.monotonic()
                done = live.sftp(server, "ls -l near", "get near here")
                took = time.monotonic() - began
                live.check(done.ok and took < kPatience, f"beside '{command}': {took:.2f} s", done)
                live.check(hung.poll() is None, f"'{command}' itself waits")
                # Its worker is free again before the next one comes.
                mounted.send_signal(signal.SIGCONT)
                hung.wait(harness.kEndOfProgram)
                mounted.send_signal(signal.SIGSTOP)
        finally:
            mounted.send_signal(signal.SIGCONT)
            live.run(unmount, "-u", "-z", mount)
            live.finish(mounted)


harness.main(test)
