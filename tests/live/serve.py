"""tools/serve, as the README says it: sets up, builds, serves a folder, ends."""

import os
import pathlib
import re
import subprocess

import harness

kServe = pathlib.Path(__file__).resolve().parents[2] / "tools" / "serve"
kBuildTime = 1500  # seconds; where nothing is built yet
# With it the compiler cache has what tools/test has built before.
kBuildOptions = "-Dwerror=true"


def compiler_cache():
    """Where this user's is: the programs of a test have a $HOME of their own."""
    asked = subprocess.run(["ccache", "-k", "cache_dir"], capture_output=True, text=True)
    return os.environ.get("CCACHE_DIR") or asked.stdout.strip()


def test(live):
    (live.tree / "in-the-folder").write_text("served")
    port_file, output = live.dir / "port", live.dir / "serve.log"
    key = live.host_key("ed25519")
    with open(output, "wb") as log:
        process = live.start(kServe, live.tree, "--listen", "127.0.0.1:0", "--port-file", port_file,
                             "--host-key", key, "--authorized-keys", live.authorize(live.user_key()),
                             stdout=log, stderr=log,
                             env=live.environment(CCACHE_DIR=compiler_cache(),
                                              NACRE_BUILD_OPTIONS=kBuildOptions))
    up = harness.wait_until(lambda: process.poll() is not None or
                            (port_file.exists() and port_file.read_text().strip()), kBuildTime)
    if not live.check(up and process.poll() is None, "tools/serve starts"):
        print(harness.readable(output.read_text(errors="replace")))
        return
    port = int(re.search(r"(\d+)\s*$", port_file.read_text().splitlines()[0])[1])
    live.know(port, ("ed25519",))
    batch = live.dir / "batch"
    batch.write_text("get in-the-folder here\nput here back\n")
    done = live.run(harness.need("sftp"), *live.ssh_options(), "-P", port, "-b", batch,
                    f"{harness.kUser}@127.0.0.1")
    live.check_same(live.tree / "in-the-folder", live.tree / "back", "and serves the folder", done)
    live.check(live.finish(process) == 0, "and ends with status 0 after SIGTERM")


harness.main(test)
