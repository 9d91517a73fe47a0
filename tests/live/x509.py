"""X.509 certificates of OpenSSL: users' and hosts', with our own client and asyncssh, which has the
names of RFC 6187. The older x509v3-sign-rsa and x509v3-sign-dss, and DSA, only with our own client:
no other program in Debian speaks them."""

import asyncio
import base64
import ssl
import struct

import harness

kSecure = {"ec256": "x509v3-ecdsa-sha2-nistp256", "ec384": "x509v3-ecdsa-sha2-nistp384",
           "ec521": "x509v3-ecdsa-sha2-nistp521", "rsa": "x509v3-rsa2048-sha256"}
kWeak = {"x509v3-ssh-rsa": "rsa", "x509v3-ssh-dss": "dsa", "x509v3-sign-rsa": "rsa",
         "x509v3-sign-dss": "dsa"}
kCurves = {"ec256": "prime256v1", "ec384": "secp384r1", "ec521": "secp521r1"}
kClient, kServer = "1.3.6.1.5.5.7.3.21", "1.3.6.1.5.5.7.3.22"
kHostNames = "DNS:localhost,IP:127.0.0.1"


class Authorities:
    """A root and an authority under it, made and used with openssl."""

    def __init__(self, live):
        self.live, self.dir = live, live.home / "x509"
        self.dir.mkdir(exist_ok=True)
        self.serial = 0x1000
        extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
        for name, by in (("root", None), ("authority", "root"), ("stranger", None)):
            self.sign(name, self.key(name, "ec256"), f"/O=Live/CN={name}", by, extensions)

    def openssl(self, *arguments):
        done = self.live.run(harness.need("openssl"), *arguments)
        if not done.ok:
            raise RuntimeError(done.report())
        return done

    def public(self, certificate):
        """The public key of a certificate, in a file."""
        path = self.dir / "public"
        path.write_text(self.openssl("x509", "-in", certificate, "-noout", "-pubkey").out)
        return path

    def key(self, name, kind):
        path = self.dir / f"{name}.key"
        if path.exists():
            return path
        if kind in kCurves:
            self.openssl("ecparam", "-name", kCurves[kind], "-genkey", "-noout", "-out", path)
        elif kind == "rsa":
            self.openssl("genrsa", "-traditional", "-out", path, "2048")
        else:  # only ssh-keygen makes DSA keys of the size that SSH has
            made = self.live.run(harness.need("ssh-keygen"), "-q", "-t", "dsa", "-m", "PEM", "-N", "",
                                 "-f", path)
            if not made.ok:
                raise RuntimeError(made.report())
        path.chmod(0o600)
        return path

    def sign(self, name, key, subject, by, extensions, days=10):
        """NAME.pem: the certificate, and behind it that of the authority unless that is the root."""
        self.serial += 1
        request, more = self.dir / "request", self.dir / "extensions"
        certificate = self.dir / f"{name}.pem"
        more.write_text(extensions)
        self.openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        issuer = (["-CA", self.dir / f"{by}.pem", "-CAkey", self.dir / f"{by}.key"] if by else
                  ["-signkey", key])
        self.openssl("x509", "-req", "-in", request, *issuer, "-set_serial", self.serial, "-days",
                     days, "-sha256", "-extfile", more, "-out", certificate)
        if by not in (None, "root"):
            certificate.write_text(certificate.read_text() + (self.dir / f"{by}.pem").read_text())
        return certificate

    def user(self, kind, name="alice", by="authority", purpose=kClient, days=10):
        key = self.key(f"user-{kind}", kind)
        return key, self.sign(f"{name}-{kind}-{by}", key, f"/O=Live/CN={name}", by,
                              f"keyUsage=digitalSignature\nextendedKeyUsage={purpose}\n"
                              f"subjectAltName=email:{name}@live.example\n", days)

    def host(self, kind, names=kHostNames, by="authority", purpose=kServer, label="host"):
        key = self.key(f"host-{kind}", kind)
        return key, self.sign(f"{label}-{kind}", key, "/CN=a host", by,
                              f"keyUsage=digitalSignature\nextendedKeyUsage={purpose}\n"
                              f"subjectAltName={names}\n")

    def crl(self, issuer, revoked=()):
        """The CRL of an authority: `revoked` are serial numbers."""
        index, config, crl = self.dir / "index", self.dir / "ca.conf", self.dir / f"{issuer}.crl"
        index.write_text("".join(f"R\t360101000000Z\t260101000000Z\t{serial:X}\tunknown\t/CN=a\n"
                                 for serial in revoked))
        config.write_text(f"[ca]\ndefault_ca=one\n[one]\ndatabase={index}\ndefault_md=sha256\n")
        self.openssl("ca", "-config", config, "-gencrl", "-keyfile", self.dir / f"{issuer}.key",
                     "-cert", self.dir / f"{issuer}.pem", "-crldays", 5, "-out", crl)
        return crl.read_text()


def blob_of(algorithm, chain):
    """The public key of RFC 6187 s2.1: the certificates of a PEM file, and no OCSP responses."""
    end = "-----END CERTIFICATE-----\n"
    ders = [ssl.PEM_cert_to_DER_cert(part[part.index("-----BEGIN"):] + end)
            for part in chain.read_text().split(end)[:-1]]

    def string(data):
        return struct.pack(">I", len(data)) + data
    return (string(algorithm.encode()) + struct.pack(">I", len(ders)) +
            b"".join(map(string, ders)) + struct.pack(">I", 0))


def ours(live, server, key, certificate=None, options=(), host="127.0.0.1", user=harness.kUser):
    chosen = ["--certificate", certificate] if certificate else []
    return live.run(harness.ours("nacre-sftp"), *chosen, *options, "-P", server.port, "-i", key,
                    *(() if "--known-hosts" in options else ("--known-hosts", live.known_hosts)),
                    "--identity-agent", "none", f"{user}@{host}", "pwd")


def users(live, made):
    root = made.dir / "root.pem"
    trust = ["--x509-trust", root, "--x509-user", "email=alice@live.example"]
    with live.server(*trust, authorized=False) as server:
        for kind, algorithm in kSecure.items():
            key, certificate = made.user(kind)
            live.check_ok(ours(live, server, key, certificate), f"nacre-sftp by {algorithm}")
        live.check_fails(ours(live, server, key), "authentication", "the key alone does not log in", 255)
        for what, refusal, settings in (
                ("of somebody else", "X.509 certificate of nobody who may log in", {"name": "bob"}),
                ("for hosts", "X.509 certificate for another purpose", {"purpose": kServer}),
                ("that is expired", "Certificate has expired", {"days": -1}),
                ("of another authority", "Certificate issuer not found", {"by": "stranger"})):
            key, certificate = made.user("ec256", **settings)
            if "stranger" in settings.values():
                certificate.write_text(certificate.read_text().split("-----END CERTIFICATE-----")[0]
                                       + "-----END CERTIFICATE-----\n")
            done = ours(live, server, key, certificate)
            live.check_fails(done, "authentication", f"a certificate {what}", 255)
            live.check(server.logged("refused (" + refusal), f"... for: {refusal}", done)
        live.check(server.logged("no --x509-user is", "bob"), "the log tells who it was")
    key, certificate = made.user("ec256")
    with live.server("--x509-trust", root, "--x509-user", 'subject=O="Live",CN="alice"',
                     authorized=False) as server:
        live.check_ok(ours(live, server, key, certificate), "a user by the subject")
    with live.server() as server:
        live.check_fails(ours(live, server, key, certificate), "authentication",
                         "without --x509-trust nobody logs in by X.509", 255)
    revocation(live, made, root, key, certificate)
    for algorithm, kind in kWeak.items():
        key, certificate = made.user(kind)
        # A bare certificate brings no authority with it.
        anchors = made.dir / "anchors.pem"
        anchors.write_text(root.read_text() + (made.dir / "authority.pem").read_text())
        with live.server("--x509-trust", anchors, "--x509-user", "cn=alice", "--pubkey-algorithms",
                         f"+{algorithm}", authorized=False) as server:
            done = ours(live, server, key, certificate, ["--pubkey-algorithms", algorithm])
            live.check_ok(done, f"nacre-sftp by {algorithm}, which was asked for")
            live.check("is not secure" in done.err and server.logged("is not secure any more"),
                       "... with warnings", done)
            if kind == "dsa":
                live.check_fails(ours(live, server, key, certificate), "authentication",
                                 "... and not without being asked for", 255)


def revocation(live, made, root, key, certificate):
    crls = made.dir / "crls.pem"
    serial = made.serial
    crls.write_text(made.crl("root") + made.crl("authority"))
    with live.server("--x509-trust", root, "--x509-crl", crls, "--x509-user", "cn=alice",
                     authorized=False) as server:
        live.check_ok(ours(live, server, key, certificate), "with CRLs that revoke nothing")
        crls.write_text(made.crl("root") + made.crl("authority", [serial]))
        done = ours(live, server, key, certificate)
        live.check_fails(done, "authentication", "revoked while the server runs", 255)
        live.check(server.logged("refused (Certificate is revoked"), "... and the log says so", done)
        crls.write_text(made.crl("authority"))
        done = ours(live, server, key, certificate)
        live.check_fails(done, "authentication", "a CRL is missing", 255)
        live.check(server.logged("refused (No revocation data"), "... and the log says so", done)
        for what, text in (("emptied", ""), ("of certificates", root.read_text())):
            crls.write_text(text)
            done = ours(live, server, key, certificate)
            live.check_fails(done, "authentication", f"a file of CRLs that was {what}", 255)
            live.check(server.logged("no X509 CRL in the file of CRLs"), "... and the log says so",
                       done)
    authority_key = made.dir / "revoked-authority"
    authority_key.write_text(live.run(harness.need("ssh-keygen"), "-i", "-m", "PKCS8", "-f",
                                      made.public(root)).out)
    with live.server("--x509-trust", root, "--x509-user", "cn=alice", "--revoked-keys",
                     authority_key, authorized=False) as server:
        done = ours(live, server, key, certificate)
        live.check_fails(done, "authentication", "the key of an authority is revoked", 255)
        live.check(server.logged("refused (the key of an authority is revoked"),
                   "... and the log says so", done)
    shown = live.run(harness.need("openssl"), "x509", "-in", certificate, "-noout", "-fingerprint",
                     "-sha256").out.strip().split("=")[1]
    for fingerprint in (shown, shown.lower(), shown.replace(":", "")):
        with live.server("--x509-trust", root, "--x509-user", f"fingerprint={fingerprint}",
                         authorized=False) as server:
            live.check_ok(ours(live, server, key, certificate), "a user by the fingerprint")
            live.check(server.logged("X.509 O=\"Live\",CN=\"alice\" (serial"),
                       "... and the log says who it was")


def hosts(live, made):
    root = made.dir / "root.pem"
    trust = ["--x509-trust", root]
    user = live.user_key()
    for kind, algorithm in kSecure.items():
        key, certificate = made.host(kind)
        with live.server("--host-key", key, "--host-certificate", certificate,
                         host_keys=()) as server:
            live.check_ok(ours(live, server, user, options=trust), f"a host by {algorithm}")
            live.check_ok(ours(live, server, user, options=trust, host="localhost"),
                          "... by its DNS name")
            live.check(server.logged("host key " + algorithm), "... which was negotiated")
    for what, refusal, settings in (
            ("for another name", "certificate of another host", {"names": "DNS:other.example"}),
            ("for users", "for another purpose", {"purpose": kClient}),
            ("of another authority", "Cannot establish trust", {"by": "stranger"})):
        key, certificate = made.host("ec256", label="wrong", **settings)
        with live.server("--host-key", key, "--host-certificate", certificate,
                         host_keys=()) as server:
            live.check_fails(ours(live, server, user, options=trust), refusal,
                             f"a host's certificate {what}", 255)
    key, certificate = made.host("ec256")
    with live.server("--host-key", key, "--host-certificate", certificate, host_keys=()) as server:
        blob = live.run(harness.need("ssh-keygen"), "-i", "-m", "PKCS8", "-f",
                        made.public(root)).out
        known = live.dir / "known-revoked"
        empty = live.dir / "empty"
        empty.write_text("")
        whole = base64.b64encode(blob_of(kSecure["ec256"], certificate)).decode()
        for what, reason, text in (
                ("whose certificate is @revoked", "key is marked @revoked",
                 f"@revoked * {kSecure['ec256']} {whole}\n"),
                ("whose authority is @revoked", "authority is marked @revoked",
                 f"@revoked * {blob}"),
                ("when the list is too large", "too large", "#" * (16 << 20) + f"\n@revoked * {blob}")):
            known.write_text(text)
            live.check_fails(ours(live, server, user,
                                  options=[*trust, "--known-hosts", known]), reason,
                             f"a host {what}", 255)
        for option, status in (("--known-hosts", 255), ("--x509-trust", 2), ("--x509-crl", 2)):
            live.check_fails(ours(live, server, user, options=[*trust, option, live.dir]),
                             "cannot be read", f"a folder as {option}", status)
        live.check_fails(ours(live, server, user, options=[*trust, "--x509-crl", empty]),
                         "no X509 CRL", "an empty file of CRLs", 2)
    for algorithm, kind in kWeak.items():
        key, certificate = made.host(kind)
        anchors = made.dir / "anchors.pem"
        anchors.write_text(root.read_text() + (made.dir / "authority.pem").read_text())
        with live.server("--host-key", key, "--host-certificate", certificate,
                         "--host-key-algorithms", algorithm, host_keys=()) as server:
            done = ours(live, server, user, options=["--x509-trust", anchors,
                                                     "--host-key-algorithms", algorithm])
            live.check_ok(done, f"a host by {algorithm}, which was asked for")


async def with_asyncssh(live, made):
    import asyncssh
    root = str(made.dir / "root.pem")
    host_key, host_certificate = made.host("rsa")
    with live.server("--host-key", host_key, "--host-certificate", host_certificate,
                     "--x509-trust", root, "--x509-user", "cn=alice", "--pubkey-algorithms",
                     "+x509v3-ssh-rsa", host_keys=(),
                     authorized=False) as server:
        for kind, algorithm in (*kSecure.items(), ("rsa", "x509v3-ssh-rsa")):
            key, certificate = made.user(kind)
            async with asyncssh.connect(
                    "127.0.0.1", server.port, username=harness.kUser, config=None,
                    client_keys=[(str(key), str(certificate))], agent_path=None,
                    known_hosts=([], [], [], [root], [], [], []),
                    server_host_key_algs=["x509v3-rsa2048-sha256"],
                    signature_algs=[algorithm], login_timeout=20) as link:
                async with link.start_sftp_client() as sftp:
                    live.check(await sftp.realpath(".") == "/",
                               f"asyncssh by {algorithm}, at a host by x509v3-rsa2048-sha256")

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username):
            return True

    # Its authorized_keys take a subject; the user is one of the certificate's addresses.
    allowed = asyncssh.import_authorized_keys("x509v3-ssh-rsa Subject:O=Live,CN=alice\n")
    for kind, algorithm in kSecure.items():
        host = made.host(kind)
        user_key, user_certificate = made.user(kind)
        acceptor = await asyncssh.listen(
            "127.0.0.1", 0, config=None, server_factory=Server,
            server_host_keys=[tuple(str(path) for path in host)], authorized_client_keys=allowed,
            x509_trusted_certs=[root], x509_purposes="secureShellClient", sftp_factory=True)

        class At:
            port = acceptor.sockets[0].getsockname()[1]
        done = await asyncio.to_thread(
            ours, live, At, user_key, user_certificate,
            ["--x509-trust", root, "--host-key-algorithms", algorithm],
            user="alice@live.example")
        live.check_ok(done, f"nacre-sftp at asyncssh by {algorithm}, both ways")
        acceptor.close()
        await acceptor.wait_closed()


def test(live):
    made = Authorities(live)
    asyncio.run(with_asyncssh(live, made))
    users(live, made)
    hosts(live, made)


if __name__ == "__main__":
    harness.main(test)
