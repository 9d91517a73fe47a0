"""Every algorithm that OpenSSH and Nacre share, forced in turn, each with a transfer."""

import pathlib

import harness

kKex = ("mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
        "curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
        "diffie-hellman-group-exchange-sha256")
kNotInOldClients = ("mlkem768x25519-sha256", "sntrup761x25519-sha512")
kCiphers = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
            "aes128-ctr", "aes192-ctr", "aes256-ctr")
kMacs = ("hmac-sha2-256", "hmac-sha2-512", "hmac-sha2-256-etm@openssh.com",
         "hmac-sha2-512-etm@openssh.com", "hmac-sha1", "hmac-sha1-etm@openssh.com",
         "umac-64@openssh.com", "umac-128@openssh.com", "umac-64-etm@openssh.com",
         "umac-128-etm@openssh.com")
kKeys = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-3072")
kSignatures = (("ssh-ed25519", "ed25519"), ("ecdsa-sha2-nistp256", "ecdsa-256"),
               ("ecdsa-sha2-nistp384", "ecdsa-384"), ("ecdsa-sha2-nistp521", "ecdsa-521"),
               ("rsa-sha2-256", "rsa-3072"), ("rsa-sha2-512", "rsa-3072"))
kSize = 300_001


def transfer(live, server, what, said, *options, **more):
    """A put and a get with these options; `said` is what ssh -v must have negotiated."""
    back = live.local / "back"
    back.unlink(missing_ok=True)
    if not any(option.startswith("Kex") for option in options):
        options += ("KexAlgorithms=curve25519-sha256",)  # the default is slow in OpenSSH
    done = live.sftp(server, "put data", f"get data {back}", options=options, arguments=("-v",), **more)
    live.check_same(live.local / "data", back, what, done)
    if done.ok:
        live.check(said in done.err.replace("\r", ""), f"{what}: it was used", done)


def known(live, kind):
    return live.run(harness.need("ssh"), "-Q", kind).out.split()


def test(live):
    harness.random_file(live.local / "data", kSize)
    supported = known(live, "kex")
    with live.server("--kex", ",".join(kKex), "--macs", ",".join(kMacs), "--ciphers",
                     ",".join(kCiphers), "--compression", "none,zlib@openssh.com,zlib") as server:
        for name in kKex:
            if name not in supported and name in kNotInOldClients:
                print(f"        (this ssh has no {name})")
                continue
            transfer(live, server, f"kex {name}", f"kex: algorithm: {name}\n", f"KexAlgorithms={name}")
        # The size asked for follows the strength of the cipher.
        transfer(live, server, "kex group-exchange with aes128",
                 "kex: algorithm: diffie-hellman-group-exchange-sha256",
                 "KexAlgorithms=diffie-hellman-group-exchange-sha256", "Ciphers=aes128-ctr")
        for name in kCiphers:
            transfer(live, server, f"cipher {name}", f"client->server cipher: {name} ", f"Ciphers={name}")
        for name in kMacs:
            transfer(live, server, f"MAC {name}", f"aes128-ctr MAC: {name} ", "Ciphers=aes128-ctr",
                     f"MACs={name}")
        transfer(live, server, "compression zlib@openssh.com", "compression: zlib@openssh.com",
                 "Compression=yes")
        transfer(live, server, "compression none", "compression: none", "Compression=no")

    with live.server(host_keys=kKeys) as server:
        for name, kind in kSignatures:
            transfer(live, server, f"host key {name}", f"host key algorithm: {name}\n",
                     f"HostKeyAlgorithms={name}")
        live.authorize(*(live.user_key(kind) for kind in kKeys))
        for name, kind in kSignatures:
            transfer(live, server, f"user key {name}", "Authenticated to",
                     f"PubkeyAcceptedAlgorithms={name}", key=live.user_key(kind))
            live.check(server.logged(live.fingerprint(live.user_key(kind))),
                       f"user key {name}: the log has its fingerprint")

    with live.server() as server:
        done = live.sftp(server, "pwd", options=("KexAlgorithms=diffie-hellman-group16-sha512",))
        live.check_fails(done, "key exchange method", "finite-field kex is off until named")
        done = live.sftp(server, "pwd", arguments=("-vv",))
        offered = [line for line in done.err.splitlines() if "KEX algorithms" in line][1:2]
        live.check("mlkem768x25519-sha256" in "".join(offered), "mlkem768x25519 is offered", done)
    for mode, marker in (("on", True), ("filter", True), ("off", False), ("require", True)):
        with live.server("--strict-kex", mode) as server:
            done = live.sftp(server, "pwd", arguments=("-vvv",))
            offered = [line for line in done.err.splitlines() if "KEX algorithms" in line][1:2]
            live.check(done.ok and ("kex-strict-s-v00@openssh.com" in "".join(offered)) == marker,
                       f"--strict-kex {mode}", done)

    moduli = pathlib.Path("/etc/ssh/moduli")
    if moduli.exists():
        few = [line for line in moduli.read_text().splitlines() if not line.startswith("#")
               and line.split()[4] in ("3071", "8191")]
        chosen = few[:1] + few[-1:]
        (live.home / "moduli").write_text("\n".join(chosen) + "\n")
        with live.server("--kex", "diffie-hellman-group-exchange-sha256", "--moduli",
                         live.home / "moduli") as server:
            for cipher in ("aes128-ctr", "aes256-ctr"):
                transfer(live, server, f"--moduli with {cipher}", "group-exchange-sha256",
                         "KexAlgorithms=diffie-hellman-group-exchange-sha256", f"Ciphers={cipher}")


harness.main(test)
