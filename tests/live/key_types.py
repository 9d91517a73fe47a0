"""Key types beside the usual ones, as host keys and as users' keys: ssh-dss with OpenSSH and PuTTY,
ssh-ed448 with PuTTY and asyncssh, security keys with OpenSSH and a provider of our own."""

import asyncio
import base64
import hashlib

import harness


def public_line(path):
    return open(f"{path}.pub").read()


def fingerprint(line):
    """That of a public key line; ssh-keygen does not know every type."""
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def putty_key(live, kind, *more):
    """A user's key made by puttygen: the file and the public line."""
    path = live.dir / "keys" / f"putty-{kind}.ppk"
    (live.dir / "empty").touch()
    made = live.run(harness.need("puttygen"), "-q", "-t", kind, *more, "--new-passphrase",
                    live.dir / "empty", "-C", kind, "-o", path)
    live.check_ok(made, f"puttygen makes a {kind} key")
    return path, live.run(harness.need("puttygen"), path, "-L").out.strip()


def psftp(live, server, key, host_line):
    script = live.dir / "script"
    script.write_text("pwd\nquit\n")
    return live.run(harness.need("psftp"), "-batch", "-P", server.port, "-i", key, "-hostkey",
                    fingerprint(host_line), "-b", script, f"{harness.kUser}@127.0.0.1")


def dsa(live):
    host, user = live.host_key("dsa"), live.user_key("dsa")
    putty, putty_line = putty_key(live, "dsa", "-b", "1024")
    legacy = ("HostKeyAlgorithms=ssh-dss", "PubkeyAcceptedAlgorithms=ssh-dss")
    live.authorize(user, putty_line)
    with live.server("--host-key-algorithms", "+ssh-dss", "--pubkey-algorithms", "+ssh-dss",
                     "--authorized-keys", live.home / "authorized_keys", host_keys=("dsa",),
                     authorized=False) as server:
        live.check(server.logged("ssh-dss", "not secure"), "ssh-dss is warned of")
        done = live.sftp(server, "pwd", options=legacy, key=user)
        live.check_ok(done, "ssh-dss host and user key with OpenSSH")
        live.check(server.logged("host key ssh-dss"), "and it was negotiated")
        done = psftp(live, server, putty, public_line(host))
        live.check_ok(done, "ssh-dss host and user key with PuTTY")
    with live.server("--authorized-keys", live.home / "authorized_keys",
                     host_keys=("dsa", "ed25519"), authorized=False) as server:
        done = live.sftp(server, "pwd", options=("PubkeyAcceptedAlgorithms=+ssh-dss",), key=user)
        live.check_fails(done, "permission denied", "by default an ssh-dss key logs nobody in")
        done = live.sftp(server, "pwd", options=legacy, key=user)
        live.check_fails(done, "no matching host key type", "nor is an ssh-dss host key offered")


def ed448(live):
    try:
        import asyncssh
    except ImportError:
        harness.skip("asyncssh is not installed")
    keys = {}
    for name in ("host-ed448", "user-ed448"):
        keys[name] = asyncssh.generate_private_key("ssh-ed448")
        keys[name].write_private_key(live.dir / "keys" / name)
        keys[name].write_public_key(live.dir / "keys" / f"{name}.pub")
    putty, putty_line = putty_key(live, "ed448")
    live.authorize(public_line(live.user_key("ed448")).strip(), putty_line)
    with live.server("--host-key-algorithms", "ssh-ed448", "--pubkey-algorithms", "ssh-ed448",
                     "--authorized-keys", live.home / "authorized_keys", host_keys=("ed448",),
                     authorized=False) as server:
        done = psftp(live, server, putty, public_line(live.host_key("ed448")))
        live.check_ok(done, "ssh-ed448 host and user key with PuTTY")

        async def login():
            async with asyncssh.connect(
                    "127.0.0.1", server.port, username=harness.kUser,
                    client_keys=[keys["user-ed448"]], server_host_key_algs=["ssh-ed448"],
                    known_hosts=([keys["host-ed448"].convert_to_public()], [], []),
                    config=None) as connection:
                async with connection.start_sftp_client() as sftp:
                    return await sftp.getcwd()

        live.check(asyncio.run(login()) == "/", "ssh-ed448 host and user key with asyncssh")
        live.check(server.log.count("by ssh-ed448: accepted") == 2, "both logins were by ssh-ed448")


def security_keys(live):
    provider = harness.kBuild / "tests/live/libsk-provider.so"
    keys = {}
    for kind in ("ecdsa-sk", "ed25519-sk"):
        keys[kind] = live.dir / "keys" / kind
        made = live.run(harness.need("ssh-keygen"), "-q", "-t", kind, "-w", provider, "-N", "", "-f",
                        keys[kind])
        live.check_ok(made, f"ssh-keygen makes an {kind} key")

    def log_in(server, key, flags=None):
        more = {} if flags is None else {"NACRE_SK_FLAGS": flags}
        return live.sftp(server, "pwd", options=(f"SecurityKeyProvider={provider}",), key=key, env=more)

    for kind, key in keys.items():
        line = public_line(key).strip()
        live.authorize(line)
        with live.server("--authorized-keys", live.home / "authorized_keys",
                         authorized=False) as server:
            live.check_ok(log_in(server, key), f"{kind}: touched")
            done = log_in(server, key, "0")
            live.check_fails(done, "permission denied", f"{kind}: not touched")
            live.check(server.logged("not touched"), f"{kind}: the log says why")
            live.authorize(f"no-touch-required {line}")
            live.check_ok(log_in(server, key, "0"), f"{kind}: no-touch-required")
            live.authorize(f"verify-required {line}")
            done = log_in(server, key)
            live.check_fails(done, "permission denied", f"{kind}: user not verified")
            live.check(server.logged("did not verify"), f"{kind}: the log says why")
            live.check_ok(log_in(server, key, "5"), f"{kind}: user verified")
        live.authorize(f"no-touch-required {line}")
        with live.server("--authorized-keys", live.home / "authorized_keys", "--pubkey-auth-options",
                         "touch-required,verify-required", authorized=False) as server:
            for flags, fits in (("0", False), ("1", False), ("4", False), ("5", True)):
                done = log_in(server, key, flags)
                live.check(done.ok == fits, f"{kind}: the server's own rules, flags {flags}", done)


def rsa_sizes(live):
    small = live.key("rsa-1024", "rsa-1024")
    live.authorize(small)
    arguments = ("--authorized-keys", live.home / "authorized_keys")
    options = ("RequiredRSASize=1024",)
    with live.server(*arguments, authorized=False) as server:
        done = live.sftp(server, "pwd", options=options, key=small)
        live.check_fails(done, "permission denied", "an RSA key of 1024 bits")
        live.check(server.logged("RSA key too short"), "the log says why")
    with live.server(*arguments, "--required-rsa-size", "1024", authorized=False) as server:
        live.check_ok(live.sftp(server, "pwd", options=options, key=small),
                      "--required-rsa-size lets it in")
    done = live.run(harness.ours("nacre-sftpd"), "--listen", "127.0.0.1:0", "--host-key", small,
                    *arguments, timeout=20)
    live.check_fails(done, "RSA key of 1024 bits", "nor is it a host key")


def test(live):
    harness.need("ssh")
    dsa(live)
    ed448(live)
    security_keys(live)
    rsa_sizes(live)


harness.main(test)
