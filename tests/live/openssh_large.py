"""One large file each way with OpenSSH's sftp, as it comes: NACRE_LIVE_MIB (1024) MiB.

Also run by a server built with sanitizers.
"""

import os

import harness

kMib = int(os.environ.get("NACRE_LIVE_MIB", "1024"))


def test(live):
    harness.need("sftp")
    data, back = live.local / "data", live.local / "back"
    digest = harness.random_file(data, kMib << 20)
    with live.server() as server:
        live.check_ok(live.sftp(server, "put data", timeout=60 + kMib), f"put of {kMib} MiB")
        live.check(harness.sha256(live.tree / "data") == digest, "the upload is unchanged")
        live.check_ok(live.sftp(server, f"get data {back}", timeout=60 + kMib), f"get of {kMib} MiB")
        live.check(harness.sha256(back) == digest, "the download is unchanged")


harness.main(test)
