"""curl (libssh2 or libssh) over sftp."""

import harness


def test(live):
    curl = harness.need("curl")
    if "sftp" not in live.run(curl, "--version").out:
        harness.skip("this curl has no sftp")
    data = live.local / "data"
    harness.random_file(data, 5_000_003)
    secret = live.home / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    # Not RSA: libssh2 before 1.11 signs with SHA-1 only.
    key = live.user_key("ecdsa-256")
    with live.server("--user", harness.kUser, "--password-file", f"plain:{secret}") as server:
        live.authorize(key, live.user_key())
        url = f"sftp://127.0.0.1:{server.port}"
        base = [curl, "-q", "-s", "-S", "-k", "--max-time", "60"]
        by_key = [*base, "-u", f"{harness.kUser}:", "--key", key, "--pubkey", f"{key}.pub"]

        done = live.run(*by_key, "-T", "data", f"{url}/up")
        live.check_same(data, live.tree / "up", "upload with an ECDSA key", done)
        done = live.run(*by_key, "-o", "down", f"{url}/up")
        live.check_same(data, live.local / "down", "download", done)
        ed25519 = live.user_key()
        done = live.run(*base, "-u", f"{harness.kUser}:", "--key", ed25519, "--pubkey",
                        f"{ed25519}.pub", "-o", "down2", f"{url}/up")
        live.check_same(data, live.local / "down2", "download with an Ed25519 key", done)
        done = live.run(*by_key, "-r", "1000-1999", "-o", "piece", f"{url}/up")
        live.check(done.ok and (live.local / "piece").read_bytes() == data.read_bytes()[1000:2000],
                   "a range", done)
        done = live.run(*by_key, f"{url}/")
        live.check(done.ok and " up" in done.out, "a listing", done)
        done = live.run(*by_key, "--ftp-create-dirs", "-T", "data", f"{url}/new/deep/file")
        live.check_same(data, live.tree / "new/deep/file", "upload into folders that it makes", done)
        done = live.run(*by_key, "-Q", "-rename /up /renamed", "-Q", "-chmod 600 /renamed",
                        "-Q", "-mkdir /made", "-o", "/dev/null", f"{url}/up")
        live.check(done.ok and (live.tree / "made").is_dir() and
                   (live.tree / "renamed").stat().st_mode & 0o777 == 0o600,
                   "rename, chmod and mkdir by -Q", done)
        (live.local / "part").write_bytes(data.read_bytes()[:1_000_000])
        done = live.run(*by_key, "-C", "-", "-o", "part", f"{url}/renamed")
        live.check_same(data, live.local / "part", "a download that goes on", done)
        done = live.run(*by_key, "-o", "missing", f"{url}/missing")
        live.check(done.status == 78, "a file that is missing: status 78", done)

        done = live.run(*base, "-u", f"{harness.kUser}:secret", "-o", "down3", f"{url}/renamed")
        live.check_same(data, live.local / "down3", "a password", done)
        done = live.run(*base, "-u", f"{harness.kUser}:wrong", "-o", "down4", f"{url}/renamed")
        live.check(done.status == 67, "a wrong password: status 67", done)
        fingerprint = live.run("sh", "-c", f"awk '{{print $2}}' {live.host_key('ed25519')}.pub | "
                               "base64 -d | md5sum | cut -c1-32").out.strip()
        done = live.run(curl, "-q", "-s", "-S", "-u", f"{harness.kUser}:secret", "--hostpubmd5",
                        "0" * 32, "-o", "down5", f"{url}/renamed")
        live.check(done.status in (51, 60), f"another host key is refused (not {fingerprint})", done)


harness.main(test)
