"""Keys in PKCS#11 tokens, made by pkcs11-tool in SoftHSM 2: as users' keys and as host keys."""

import contextlib
import pathlib

import harness

kModules = ("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib/softhsm/libsofthsm2.so",
            "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib/pkcs11/libsofthsm2.so")
# label: kind for pkcs11-tool
kKeys = {"rsa": "rsa:2048", "p256": "EC:prime256v1", "p384": "EC:secp384r1",
         "p521": "EC:secp521r1", "ed": "EC:edwards25519"}


class Token:
    """A token with one key of each kind."""

    def __init__(self, live):
        self.live = live
        self.module = next((path for path in kModules if pathlib.Path(path).exists()),
                           None) or harness.skip("SoftHSM 2 is not installed")
        folder = live.dir / "softhsm"
        (folder / "tokens").mkdir(parents=True)
        conf = folder / "conf"
        conf.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
        self.environment = {"SOFTHSM2_CONF": str(conf)}
        self.pin = folder / "pin"
        self.pin.write_text("1234\n")
        self.pin.chmod(0o600)
        self.run("softhsm2-util", "--init-token", "--free", "--label", "the token", "--so-pin", "5678",
                 "--pin", "1234")
        for number, (label, kind) in enumerate(kKeys.items(), 1):
            self.run("pkcs11-tool", "--module", self.module, "--login", "--pin", "1234",
                     "--keypairgen", "--key-type", kind, "--label", label, "--id", f"{number:02x}")

    def run(self, program, *arguments):
        done = self.live.run(harness.need(program), *arguments, env=self.environment)
        if not done.ok:
            raise RuntimeError(done.report())
        return done

    def uri(self, attributes, pin=True):
        source = f"&pin-source={self.pin}" if pin else ""
        return f"pkcs11:token=the%20token;{attributes}?module-path={self.module}{source}"

    def public_keys(self):
        """The lines of the public keys, by another program's hand: type and base64."""
        done = self.run("ssh-keygen", "-D", self.module)
        return [" ".join(line.split()[:2]) for line in done.out.splitlines()]


def client(live, server, token, uri, *options):
    return live.run(harness.ours("nacre-sftp"), *options, "-P", server.port, "-i", uri, "--known-hosts",
                    live.known_hosts, f"{harness.kUser}@127.0.0.1", "ls", env=token.environment)


def user_keys(live, token):
    """OpenSSH says what the public keys are; it does not know those of Ed25519 in tokens."""
    live.authorize(*token.public_keys(), name="token_keys")
    with live.server("--authorized-keys", live.home / "token_keys", authorized=False) as server:
        for label in ("rsa", "p256", "p384", "p521"):
            done = client(live, server, token, token.uri(f"object={label}"))
            live.check_ok(done, f"nacre-sftp with the token's key {label}")
        live.check_ok(client(live, server, token, token.uri("id=%02")), "a key by its id")
        done = client(live, server, token, token.uri("object=none"))
        live.check_fails(done, "no such key", "a key that is not there")
        done = client(live, server, token, "pkcs11:token=other?module-path=" + token.module)
        live.check_fails(done, "no such token", "a token that is not there")
        done = client(live, server, token, token.uri("object=rsa") + "&pin-value=1234")
        live.check_fails(done, "must not stand", "a PIN in the URI is refused")
        done = client(live, server, token, token.uri("object=rsa", pin=False))
        live.check_fails(done, "no PIN", "no PIN and no terminal")
        token.pin.chmod(0o644)
        done = client(live, server, token, token.uri("object=rsa"))
        live.check_fails(done, "no PIN", "a file with a PIN that others may read is not used")
        token.pin.chmod(0o600)


def host_keys(live, token):
    lines = token.public_keys()
    with start(live, token, "object=rsa", "object=p256") as server:
        with open(live.known_hosts, "a") as file:
            for line in lines:
                file.write(f"[127.0.0.1]:{server.port} {line}\n")
        for algorithm in ("ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512"):
            done = live.sftp(server, "ls", options=[f"HostKeyAlgorithms={algorithm}"])
            live.check_ok(done, f"a host key in a token, {algorithm}")
    with start(live, token, "object=ed") as server:
        scanned = live.run(harness.need("ssh-keyscan"), "-t", "ed25519", "-p", server.port,
                           "127.0.0.1")
        with open(live.known_hosts, "a") as file:
            file.write(scanned.out)
        live.check_ok(live.sftp(server, "ls"), "a host key in a token, Ed25519")
    live.authorize(" ".join(scanned.out.split()[-2:]), name="token_keys")
    with live.server("--authorized-keys", live.home / "token_keys", authorized=False) as server:
        done = client(live, server, token, token.uri("object=ed"))
        live.check_ok(done, "nacre-sftp with the token's key ed")
    token.pin.chmod(0o644)
    with contextlib.suppress(RuntimeError):
        start(live, token, "object=rsa")
        live.check(False, "no PIN for the host key: no start")
    live.check("PIN" in live.servers[-1].log, "no PIN for the host key: the server says so")


def start(live, token, *keys):
    options = []
    for key in keys:
        options += ["--host-key", token.uri(key)]
    # The server's environment has the token's configuration.
    environment = live.environment
    live.environment = lambda **more: environment(**{**token.environment, **more})
    try:
        return live.server(*options, host_keys=())
    finally:
        live.environment = environment


def test(live):
    token = Token(live)
    user_keys(live, token)
    host_keys(live, token)


harness.main(test)
