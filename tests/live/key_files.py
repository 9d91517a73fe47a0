"""Key files made by us are read by ssh-keygen, puttygen, openssl and jwcrypto, and theirs by us."""

import json

import harness

kPass = "correct horse"
# What ssh-keygen knows, and what else: Ed448 is for the others.
kKinds = {"rsa": ("-b", "2048"), "dsa": (), "ecdsa": ("-b", "521"), "ed25519": ()}
# What nacre-key calls a form, and with what options.
kPrivateForms = {"openssh": ("openssh", ()), "pkcs8": ("pkcs8", ()),
                 "pkcs8-scrypt": ("pkcs8", ("--kdf", "scrypt")), "ppk2": ("ppk2", ()),
                 "ppk3": ("ppk", ()), "jwk": ("jwk", ())}
kForms = {**kPrivateForms, "line": ("public", ()), "rfc4716": ("rfc4716", ()),
          "spki": ("pem-public", ()), "public-jwk": ("jwk-public", ())}


class Files:
    def __init__(self, live):
        self.live = live
        self.dir = live.dir / "key-files"
        self.dir.mkdir()
        self.passphrase = self.dir / "passphrase"
        self.passphrase.write_text(kPass)
        self.wrong = self.dir / "wrong"
        self.wrong.write_text("wrong")
        self.empty = self.dir / "empty"
        self.empty.write_text("")

    def convert(self, form, source, name, passphrase=None):
        """`source` in another form, by nacre-key; its path."""
        target = self.dir / name
        to, options = kForms[form]
        words = ["--passphrase-file", self.passphrase] if passphrase else []
        if form in kPrivateForms:
            sealed = passphrase and form != "jwk"
            words += ["--new-passphrase-file", self.passphrase] if sealed else ["--no-passphrase"]
        done = self.live.run(harness.ours("nacre-key"), "convert", source, target, "--to", to,
                             *options, *words)
        self.live.check_ok(done, f"{source.name} to {form}")
        return target

    def line_of_keygen(self, path, passphrase):
        done = self.live.run("ssh-keygen", "-y", "-P", passphrase or "", "-f", path)
        return done, done.out.split()[:2]

    def line_of_puttygen(self, path, passphrase):
        done = self.live.run("puttygen", path, "-O", "public-openssh", "--old-passphrase",
                             self.passphrase if passphrase else self.empty)
        return done, done.out.split()[:2]

    def pem_of_openssl(self, path, passphrase):
        done = self.live.run("openssl", "pkey", "-in", path, "-pubout", "-passin",
                             f"pass:{passphrase or ''}")
        return done, done.out


def ours_read_by_others(live, files, kind, key):
    line = (files.dir / f"{key.name}.pub").read_text().split()[:2]
    spki = files.convert("spki", key, f"{kind}.spki").read_text()
    done = live.run("openssl", "pkey", "-pubin", "-in", files.dir / f"{kind}.spki", "-noout")
    live.check_ok(done, f"{kind}: openssl reads our SubjectPublicKeyInfo")
    for passphrase in (None, kPass):
        suffix = "sealed" if passphrase else "clear"
        # Our own file in clear first, then encrypted: read with the passphrase of both.
        for form in ("openssh", "pkcs8", "pkcs8-scrypt", "ppk2", "ppk3"):
            if form == "pkcs8-scrypt" and not passphrase:
                continue
            path = files.convert(form, key, f"{kind}-{form}-{suffix}", passphrase)
            what = f"{kind}, {form}, {suffix}"
            if form == "openssh":
                done, found = files.line_of_keygen(path, passphrase)
                live.check(found == line, f"ssh-keygen reads {what}", done)
            elif form.startswith("ppk"):
                done, found = files.line_of_puttygen(path, passphrase)
                live.check(found == line, f"puttygen reads {what}", done)
            else:
                done, found = files.pem_of_openssl(path, passphrase)
                live.check(found == spki, f"openssl reads {what}", done)
            again = files.convert("line", path, f"{kind}-{form}-{suffix}.line", passphrase)
            live.check(again.read_text().split()[:2] == line, f"we read {what} back")
    rfc4716 = files.convert("rfc4716", key, f"{kind}.rfc4716")
    done = live.run("ssh-keygen", "-i", "-m", "RFC4716", "-f", rfc4716)
    live.check(done.out.split()[:2] == line, f"ssh-keygen reads our RFC 4716 of {kind}", done)


def theirs_read_by_us(live, files, kind, key):
    """A file of openssl made now, and with it a certificate and PKCS#12."""
    line = (files.dir / f"{key.name}.pub").read_text().split()[:2]
    pkcs8 = files.convert("pkcs8", key, f"{kind}.pkcs8")
    certificate = files.dir / f"{kind}.crt"
    done = live.run("openssl", "req", "-new", "-x509", "-key", pkcs8, "-subj", "/CN=x", "-out",
                    certificate)
    live.check_ok(done, f"openssl makes a certificate of {kind}")
    p12 = files.dir / f"{kind}.p12"
    done = live.run("openssl", "pkcs12", "-export", "-inkey", pkcs8, "-in", certificate,
                    "-passout", f"pass:{kPass}", "-out", p12)
    live.check_ok(done, f"openssl makes PKCS#12 of {kind}")
    for path, passphrase in ((certificate, None), (p12, kPass)):
        found = files.convert("line", path, f"{path.name}.line", passphrase)
        live.check(found.read_text().split()[:2] == line, f"we read {path.name}")
    done = live.run(harness.ours("nacre-key"), "convert", p12, files.dir / "none", "--to", "public",
                    "--passphrase-file", files.wrong)
    live.check_fails(done, "wrong passphrase", f"a wrong passphrase of {kind}.p12")


def jwk(live, files, kind, key):
    from jwcrypto import jwk as jose

    path = files.convert("jwk", key, f"{kind}.jwk")
    spki = files.convert("spki", key, f"{kind}.jwk.spki").read_text()
    theirs = jose.JWK.from_json(path.read_text())
    live.check(theirs.has_private and theirs.export_to_pem().decode() == spki,
               f"jwcrypto reads our JWK of {kind}")
    half = files.convert("public-jwk", key, f"{kind}-public.jwk")
    theirs = jose.JWK.from_json(half.read_text())
    live.check(not theirs.has_private and theirs.export_to_pem().decode() == spki,
               f"jwcrypto reads our public JWK of {kind}")
    live.check("d" not in json.loads(half.read_text()), "and there is no secret in it")


def test(live):
    keygen = harness.need("ssh-keygen")
    harness.need("puttygen")
    openssl = harness.need("openssl")
    files = Files(live)
    for kind, options in kKinds.items():
        key = files.dir / f"made-{kind}"
        done = live.run(keygen, "-q", "-t", kind, *options, "-N", "", "-C", "me@home", "-f", key)
        if kind == "dsa" and "unknown key type" in done.err:
            continue  # OpenSSH 10 has none.
        live.check_ok(done, f"ssh-keygen makes {kind}")
        ours_read_by_others(live, files, kind, key)
        theirs_read_by_us(live, files, kind, key)
        if kind != "dsa":
            jwk(live, files, kind, key)

    # Ed448: OpenSSL's and PuTTY's.
    key = files.dir / "made-ed448"
    done = live.run(openssl, "genpkey", "-algorithm", "ed448", "-out", key)
    live.check_ok(done, "openssl makes ed448")
    line = files.convert("line", key, "ed448.line").read_text().split()[:2]
    for passphrase in (None, kPass):
        ppk = files.convert("ppk3", key, f"ed448-{passphrase is None}.ppk", passphrase)
        done, found = files.line_of_puttygen(ppk, passphrase)
        live.check(found == line, "puttygen reads our Ed448", done)
        path = files.convert("pkcs8", key, f"ed448-{passphrase is None}.pkcs8", passphrase)
        done, _ = files.pem_of_openssl(path, passphrase)
        live.check_ok(done, "openssl reads our Ed448")
    jwk(live, files, "ed448", key)


harness.main(test)
