"""Dropbear's dbclient: programs, and OpenSSH's sftp on top of it."""

import hashlib

import harness


def test(live):
    dbclient, convert = harness.need("dbclient"), harness.need("dropbearconvert")
    sftp = harness.need("sftp")
    data = live.local / "data"
    digest = harness.random_file(data, 5_000_003)
    keys = {}
    for kind in ("ed25519", "ecdsa-256", "rsa-3072"):
        pem, keys[kind] = live.user_key(kind), live.dir / "keys" / f"{kind}.dropbear"
        made = live.run(convert, "openssh", "dropbear", pem, keys[kind])
        live.check_ok(made, f"dropbearconvert reads the {kind} key")
    with live.server("--allow-exec") as server:
        live.authorize(*(live.user_key(kind) for kind in keys))
        for kind, key in keys.items():
            client = [dbclient, "-y", "-y", "-i", key, "-p", server.port]
            peer = f"{harness.kUser}@127.0.0.1"
            done = live.run(*client, peer, "echo out; echo err >&2; exit 6", input="")
            live.check(done.status == 6 and done.out == "out\n" and "err\n" in done.err,
                       f"dbclient with the {kind} key: exit status, stdout and stderr", done)
            done = live.run(*client, peer, "cat", input=data.read_bytes(), timeout=120)
            live.check(hashlib.sha256(done.bytes).hexdigest() == digest,
                       f"dbclient ({kind}): 5 MB through cat",
                       harness.Outcome(done.command, done.status, b"", done.error_bytes))
            batch = live.dir / "batch"
            batch.write_text("put data\nget data back\nrm data\n")
            through = " ".join(str(word) for word in [*client, "-s", peer, "sftp"])
            done = live.run(sftp, "-b", batch, "-D", through)
            live.check_same(data, live.local / "back", f"sftp over dbclient ({kind})", done)
        done = live.run(dbclient, "-y", "-y", "-i", keys["ed25519"], "-p", server.port, "-c",
                        "aes256-ctr", "-m", "hmac-sha1", peer, "echo ciphers", input="")
        live.check(done.out == "ciphers\n", "dbclient with aes256-ctr and hmac-sha1", done)
        live.authorize(live.user_key("rsa-3072"))
        done = live.run(dbclient, "-y", "-y", "-i", keys["ed25519"], "-p", server.port, peer, "true")
        live.check(done.status not in (0, None), "a key that is not authorised", done)


harness.main(test)
