"""Key re-exchange under load: NACRE_LIVE_MIB (1024) MiB each way, new keys for each MiB."""

import os
import subprocess

import harness

kMib = int(os.environ.get("NACRE_LIVE_MIB", "1024"))
kTimeout = 60 + kMib
# OpenSSH's default costs it a tenth of a second of arithmetic each time.
kKex = "KexAlgorithms=curve25519-sha256"


def exchanges(outcome):
    return outcome.err.count("SSH2_MSG_NEWKEYS received")


def transfer(live, server, what, mib, options, at_least):
    data, back = live.local / "data", live.local / "back"
    back.unlink(missing_ok=True)
    for command in ("put data", f"get data {back}"):
        done = live.sftp(server, command, options=(kKex, *options), arguments=("-v",), timeout=kTimeout)
        if not live.check_ok(done, f"{what}: {command.split()[0]} of {mib} MiB"):
            return
        live.check(exchanges(done) >= at_least, f"{what}: {exchanges(done)} key exchanges, "
                   f"expected at least {at_least}", done)
    live.check_same(data, live.tree / "data", f"{what}: the upload is unchanged")
    live.check_same(data, back, f"{what}: the download is unchanged")


def test(live):
    harness.need("sftp")
    harness.random_file(live.local / "data", kMib << 20)
    with live.server() as server:
        transfer(live, server, "RekeyLimit 1M in the client", kMib, ("RekeyLimit=1M",), kMib // 4)
    with live.server("--rekey-bytes", "1048576") as server:
        transfer(live, server, "--rekey-bytes in the server", kMib, (), kMib // 4)

    few = min(kMib, 64)
    harness.random_file(live.local / "data", few << 20)
    for cipher in ("chacha20-poly1305@openssh.com", "aes128-ctr"):
        with live.server("--rekey-bytes", "1000000") as server:
            transfer(live, server, f"both sides with {cipher}", few,
                     ("RekeyLimit=1M", f"Ciphers={cipher}", "Compression=yes"), few // 4)

    # Both directions at once, both sides asking for new keys whenever they like.
    with live.server("--allow-exec", "--rekey-bytes", "1000000") as server:
        with open(live.local / "data", "rb") as source, open(live.local / "back", "wb") as target:
            running = live.start(
                harness.need("ssh"), *live.ssh_options("RekeyLimit=1M", kKex), "-p", server.port,
                f"{harness.kUser}@127.0.0.1", "cat", stdin=source, stdout=target,
                stderr=subprocess.DEVNULL)
            try:
                status = running.wait(kTimeout)
            except subprocess.TimeoutExpired:
                status = None
            live.finish(running)
        live.check(status == 0, f"both directions at once: {few} MiB through cat")
        live.check_same(live.local / "data", live.local / "back", "both directions at once: unchanged")


harness.main(test)
