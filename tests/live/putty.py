"""PuTTY's psftp, plink and pscp."""

import harness


def test(live):
    psftp, plink, puttygen = (harness.need(name) for name in ("psftp", "plink", "puttygen"))
    keys = {}
    for kind in ("ed25519", "ecdsa-256", "rsa-3072"):
        keys[kind] = live.dir / "keys" / f"{kind}.ppk"
        made = live.run(puttygen, live.user_key(kind), "-O", "private", "-o", keys[kind])
        live.check_ok(made, f"puttygen writes the {kind} key")
    data = live.local / "data"
    harness.random_file(data, 5_000_003)

    with live.server("--allow-exec") as server:
        live.authorize(*(live.user_key(kind) for kind in keys))

        def options(kind="ed25519", host_key="ed25519"):
            return ["-batch", "-P", server.port, "-i", keys[kind], "-hostkey",
                    live.fingerprint(live.host_key(host_key))]

        peer = f"{harness.kUser}@127.0.0.1"
        known = [word for kind in harness.kHostKeys
                 for word in ("-hostkey", live.fingerprint(live.host_key(kind)))]
        script = live.dir / "script"
        script.write_text("put data\nget data back\nmkdir folder\nmv data folder/moved\nls folder\n"
                          "chmod 600 folder/moved\npwd\nquit\n")
        for kind in keys:
            live.run("rm", "-rf", live.tree / "folder", live.local / "back")
            done = live.run(psftp, *options(kind), *known, "-b", script, peer)
            live.check_ok(done, f"psftp with the {kind} key")
            live.check_same(data, live.local / "back", f"psftp ({kind}): get", done)
            live.check_same(data, live.tree / "folder/moved", f"psftp ({kind}): put and mv", done)
            live.check("moved" in done.out, f"psftp ({kind}): ls", done)
            live.check((live.tree / "folder/moved").stat().st_mode & 0o777 == 0o600,
                       f"psftp ({kind}): chmod", done)
        script.write_text("get missing\nquit\n")
        done = live.run(psftp, *options(), *known, "-b", script, peer)
        live.check_fails(done, "no such file", "psftp: a file that is missing")
        script.write_text("mkdir up\nput -r tree up/tree\nget -r up/tree tree-back\n")
        for number in range(10):
            (live.local / "tree" / f"sub{number}").mkdir(parents=True)
            harness.random_file(live.local / "tree" / f"sub{number}" / "file", number * 33_333)
        live.check_ok(live.run(psftp, *options(), *known, "-b", script, peer), "psftp: put -r and get -r")
        live.check_ok(live.run("diff", "-r", "tree", "tree-back"), "psftp: a tree comes back unchanged")

        done = live.run(plink, "-ssh", *options(), *known, peer, "echo out; echo err >&2; exit 5")
        live.check((done.status, done.out, done.err) == (5, "out\n", "err\n"),
                   "plink: exit status, stdout and stderr", done)
        done = live.run(plink, "-ssh", *options(), *known, "-C", peer, "cat",
                        input=data.read_bytes(), timeout=120)
        live.check(done.bytes == data.read_bytes(), "plink -C: 5 MB through cat",
                   harness.Outcome(done.command, done.status, b"", done.error_bytes))
        done = live.run(plink, "-ssh", "-batch", "-P", server.port, "-i", keys["ed25519"], "-hostkey",
                        live.fingerprint(live.key("stranger")), peer, "true")
        live.check_fails(done, ["host key", "fingerprint"], "plink refuses another host key")
        pscp = harness.need("pscp")
        done = live.run(pscp, "-sftp", *options(), *known, "data", f"{peer}:by-pscp")
        live.check_same(data, live.tree / "by-pscp", "pscp", done)

    secret = live.home / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    with live.server("--user", harness.kUser, "--password-file", f"plain:{secret}",
                     authorized=False) as server:
        script.write_text("pwd\n")
        known = ["-hostkey", live.fingerprint(live.host_key("ed25519"))]
        for word, fits in (("secret", True), ("wrong", False)):
            done = live.run(psftp, "-batch", "-P", server.port, "-pw", word, *known, "-b", script,
                            f"{harness.kUser}@127.0.0.1")
            live.check(done.ok == fits and done.status is not None, f"psftp: password {word}", done)


harness.main(test)
