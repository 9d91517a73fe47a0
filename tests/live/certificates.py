"""OpenSSH certificates: users' and hosts', with OpenSSH's programs, asyncssh and our own client."""

import asyncio
import datetime

import harness
from our_client import Sshd, client

kTypes = ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-3072")
kHost = "certified.example"


class Authority:
    """A key that signs certificates with ssh-keygen."""

    def __init__(self, live, kind="ed25519", name="ca"):
        self.live, self.key, self.serial = live, live.key(f"{name}-{kind}", kind), 0

    @property
    def public(self):
        return open(f"{self.key}.pub").read()

    def sign(self, key, *options, names=harness.kUser, valid="-1h:+1h", identity="the id"):
        """KEY-cert.pub, which ssh and nacre-sftp find by themselves."""
        self.serial += 1
        more = ["-n", names] if names else []
        made = self.live.run(harness.need("ssh-keygen"), "-q", "-s", self.key, "-I", identity, "-z",
                             str(self.serial), "-V", valid, *more, *options, f"{key}.pub")
        if not made.ok:
            raise RuntimeError(made.report())
        return f"{key}-cert.pub"


def file(live, name, text):
    path = live.home / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def login(live, server, key, what, refusal=None, options=()):
    """Logs in, or is refused for the reason that the log tells."""
    done = live.sftp(server, "pwd", key=key, options=options)
    if refusal is None:
        return live.check_ok(done, what)
    live.check_fails(done, "permission denied", what)
    return live.check(server.logged("refused (" + refusal), f"... for: {refusal}", done)


def users(live):
    authority, stranger = Authority(live), Authority(live, name="stranger")
    file(live, "authorities", "# ours\n" + authority.public)
    trust = ["--trusted-user-ca-keys", live.home / "authorities"]
    with live.server(*trust, authorized=False) as server:
        for kind in kTypes:
            key = live.key(f"user-of-ca-{kind}", kind)
            authority.sign(key, identity=f"id {kind}")
            login(live, server, key, f"a certificate for an {kind} key")
            live.check(server.logged(f'ID "id {kind}" (serial {authority.serial}) CA ED25519 '
                                     + live.fingerprint(authority.key), "accepted"),
                       "... and the log tells its id, serial and authority")
            if kind in ("ed25519", "rsa-3072"):
                live.check_ok(client(live, server, "pwd", key=key),
                              f"nacre-sftp logs in with the certificate for {kind}")
        key = live.key("changing")
        login(live, server, key, "the key alone does not log in", "key refused")
        for what, refusal, options, settings in (
                ("for another user", "certificate does not name the user", [],
                 {"names": "somebody"}),
                ("for several users", None, [], {"names": f"somebody,{harness.kUser}"}),
                ("without principals", "certificate without principals", [], {"names": None}),
                ("that is expired", "certificate expired", [], {"valid": "-2h:-1h"}),
                ("that is not yet valid", "certificate not yet valid", [], {"valid": "+1h:+2h"}),
                ("without limit of time", None, [], {"valid": "always:forever"}),
                ("from this address", None, ["-O", "source-address=127.0.0.0/8"], {}),
                ("from elsewhere", "certificate not valid from this address",
                 ["-O", "source-address=192.0.2.0/24,2001:db8::/32"], {}),
                ("with an unknown critical option", "certificate with an unknown critical option",
                 ["-O", "critical:new@nacre.example=1"], {}),
                ("with an unknown extension", None, ["-O", "extension:new@nacre.example=1"], {}),
                ("that permits nothing", None, ["-O", "clear"], {})):
            authority.sign(key, *options, **settings)
            login(live, server, key, f"a certificate {what}", refusal)
        authority.sign(key, "-h")
        done = client(live, server, "pwd", key=key)
        live.check(not done.ok and server.logged("certificate of a host, not of a user"),
                   "a certificate of a host (nacre-sftp; ssh does not show it)", done)
        stranger.sign(key)
        login(live, server, key, "a certificate of another authority",
              "certificate of an authority that is not trusted")

        authority.sign(key, "-O", "force-command=internal-sftp -R")
        done = live.sftp(server, "pwd", "mkdir forbidden", key=key)
        live.check(not (live.tree / "forbidden").exists() and "pwd" in done.text,
                   "force-command=internal-sftp -R serves, and changes nothing", done)
        authority.sign(key, "-O", "force-command=/bin/true")
        done = live.sftp(server, "pwd", key=key)
        live.check(not done.ok, "another forced command serves no SFTP", done)
    rsa = Authority(live, "rsa-3072", "ca-rsa")
    file(live, "authorities", rsa.public)
    with live.server(*trust, authorized=False) as server:
        rsa.sign(key)
        login(live, server, key, "an RSA authority")
        rsa.sign(key, "-t", "ssh-rsa")
        login(live, server, key, "... not with SHA-1",
              "certificate signed with an algorithm that is not accepted")
    with live.server(*trust, "--ca-signature-algorithms", "+ssh-rsa", authorized=False) as server:
        login(live, server, key, "... but when it is asked for")
        live.check(server.logged("ssh-rsa is not secure any more"), "... with a warning")


def principals(live):
    authority = Authority(live)
    file(live, "authorities", authority.public)
    key = live.key("by-principal")
    names = file(live, "principals", "# roles\nadmin # all of it\nno-pty,from=\"192.0.2.*\" guest\n")
    with live.server("--trusted-user-ca-keys", live.home / "authorities", "--authorized-principals",
                     names, authorized=False) as server:
        authority.sign(key, names="admin,other")
        login(live, server, key, "an authorized principal")
        authority.sign(key, names=harness.kUser)
        login(live, server, key, "the user's name is none", "certificate names no authorized principal")
        authority.sign(key, names="guest")
        login(live, server, key, "a principal from elsewhere", "")
        file(live, "principals", "guest\n")
        login(live, server, key, "... until the file is changed")

    authority.sign(key, names="team")
    lines = live.authorize(f'cert-authority,principals="crew,team" {authority.public}',
                           live.user_key())
    with live.server("--authorized-keys", lines, authorized=False) as server:
        login(live, server, key, "a cert-authority line of authorized_keys")
        authority.sign(key, names=harness.kUser)
        login(live, server, key, "... only for its principals",
              "certificate names no authorized principal")
        login(live, server, authority.key, "... and not for the authority's own key", "key refused")
        login(live, server, live.user_key(), "... plain keys beside it")


def revocation(live):
    authority = Authority(live)
    file(live, "authorities", authority.public)
    key = live.key("revocable")
    authority.sign(key, identity="to be revoked")
    revoked = file(live, "revoked", "")
    specifications = {
        "its serial": f"serial: {authority.serial}\n",
        "a range of serials": f"serial: 1-{authority.serial + 5000}\n",
        "its key id": "id: to be revoked\n",
        "its key": "key: " + open(f"{key}.pub").read(),
        "the SHA-1 of its key": "sha1: " + open(f"{key}.pub").read(),
        "the SHA-256 of its key": "sha256: " + open(f"{key}.pub").read(),
        "its authority": "key: " + authority.public,
    }
    with live.server("--trusted-user-ca-keys", live.home / "authorities", "--revoked-keys", revoked,
                     ) as server:
        login(live, server, key, "an empty file revokes nothing")
        for what, text in specifications.items():
            specification = file(live, "specification", text)
            made = live.run(harness.need("ssh-keygen"), "-q", "-k", "-f", revoked, "-s",
                            f"{authority.key}.pub", specification)
            live.check_ok(made, f"ssh-keygen revokes {what}")
            login(live, server, key, f"revoked by {what}", "key is revoked")
            login(live, server, live.user_key(), "... other keys go on")
        file(live, "revoked", open(f"{live.user_key()}.pub").read())
        login(live, server, live.user_key(), "a plain key in a plain list", "key is revoked")
        login(live, server, key, "... others go on")
        file(live, "revoked", "nonsense\n")
        login(live, server, key, "a list that cannot be read revokes all", "key is revoked")


def hosts(live):
    authority = Authority(live)
    options = []
    for kind in harness.kHostKeys:
        options += ["--host-certificate",
                    authority.sign(live.host_key(kind), "-h", names=f"{kHost},127.0.0.*")]
    trusting = live.home / "trusting"
    with live.server(*options) as server:
        def ssh(*options):
            return live.run(harness.need("ssh"), "-o", f"UserKnownHostsFile={trusting}",
                            *live.ssh_options(*options), "-p", server.port, "-s",
                            f"{harness.kUser}@127.0.0.1", "sftp")

        marked = f"@cert-authority * {authority.public}"
        trusting.write_text(marked)
        for kind, algorithm in zip(harness.kHostKeys, ("ssh-ed25519", "ecdsa-sha2-nistp256",
                                                       "rsa-sha2-512")):
            name = algorithm + "-cert-v01@openssh.com"
            done = ssh(f"HostKeyAlias={kHost}", f"HostKeyAlgorithms={name}")
            live.check_ok(done, f"ssh believes the host's certificate for {kind}")
            live.check(server.logged("host key " + name), f"... by {name}")
        # ssh 9.2 takes no wildcards in principals, later ones do.
        live.check_ok(client(live, server, "pwd", known_hosts=trusting),
                      "nacre-sftp takes a name by a wildcard")
        done = ssh("HostKeyAlias=other")
        live.check_fails(done, "name is not a listed principal", "... but not under another name")
        trusting.write_text(f"@revoked * {authority.public}{marked}")
        done = ssh(f"HostKeyAlias={kHost}")
        live.check_fails(done, "revoked", "... nor when the authority is revoked")
        done = live.sftp(server, "pwd")
        live.check_ok(done, "who knows the plain keys uses them")
        first = open(f"{live.host_key('ed25519')}.pub").read()
        trusting.write_text(f"[127.0.0.1]:{server.port} {first}")
        # Without a command ssh stays long enough to ask for the other keys.
        done = live.run(harness.need("ssh"), "-o", f"UserKnownHostsFile={trusting}", "-o",
                        "UpdateHostKeys=yes", *live.ssh_options(), "-p", server.port, "-N",
                        f"{harness.kUser}@127.0.0.1", timeout=4)
        learned = trusting.read_text()
        live.check("-cert-" not in learned and "ecdsa-sha2-nistp256 " in learned,
                   "no certificate is announced for keeping", done)

        trusting.write_text(marked)
        done = live.run(harness.ours("nacre-sftp"), "-P", server.port, "-i", live.user_key(),
                        "--known-hosts", trusting, f"{harness.kUser}@localhost", "pwd")
        live.check_fails(done, "certificate does not name the host",
                         "nacre-sftp refuses a certificate for another name")
    options = []
    for kind in harness.kHostKeys:
        options += ["--host-certificate",
                    authority.sign(live.host_key(kind), "-h", names="127.0.0.1")]
    with live.server(*options) as server:
        live.check_ok(client(live, server, "pwd", known_hosts=trusting),
                      "nacre-sftp believes a host's certificate")
        live.check(server.logged("host key ssh-ed25519-cert-v01@openssh.com"), "... and asks for it")
        live.check_ok(client(live, server, "pwd"), "nacre-sftp with plain keys known")
        fresh = live.home / "fresh"
        done = client(live, server, "pwd", known_hosts=fresh, options=["--accept-new"])
        live.check(done.ok and "-cert-" not in fresh.read_text(),
                   "nacre-sftp takes the key of a certificate whose authority it does not know", done)
        done = client(live, server, "pwd", options=[
            "-o", f"HostKeyFingerprint={live.fingerprint(live.host_key('ed25519'))}"])
        live.check_ok(done, "nacre-sftp with the fingerprint of the key")
    expired = authority.sign(live.host_key("ed25519"), "-h", names="127.0.0.1", valid="-2h:-1h")
    with live.server("--host-certificate", expired, host_keys=("ed25519",)) as server:
        done = client(live, server, "pwd", known_hosts=trusting)
        live.check_fails(done, "certificate expired", "nacre-sftp refuses an expired one")
        done = ssh("HostKeyAlias=127.0.0.1")
        live.check_fails(done, "expired", "... and so does ssh")


def our_client(live):
    authority = Authority(live)
    file(live, "authorities", authority.public)
    host = authority.sign(live.host_key("ed25519"), "-h", names="127.0.0.1")
    marked = live.home / "marked"
    marked.write_text(f"@cert-authority * {authority.public}")
    with Sshd(live, f"TrustedUserCAKeys {live.home}/authorities", f"HostCertificate {host}") as sshd:
        for kind in kTypes:
            key = live.key(f"at-sshd-{kind}", kind)
            authority.sign(key)
            done = client(live, sshd, "pwd", key=key, known_hosts=marked)
            live.check_ok(done, f"nacre-sftp at sshd, certificates for {kind} and for the host")
        live.check("Accepted certificate ID" in sshd.log, "... by the certificate")
        key = live.key("apart")
        apart = live.dir / "apart-cert.pub"
        authority.sign(key)
        (live.dir / "keys" / "apart-cert.pub").rename(apart)
        done = client(live, sshd, "pwd", key=key, known_hosts=marked)
        live.check_fails(done, "authentication", "the key alone does not do", 255)
        done = client(live, sshd, "pwd", key=key, known_hosts=marked, options=["--certificate", apart])
        live.check_ok(done, "--certificate")
        done = client(live, sshd, "pwd", key=live.user_key(), known_hosts=marked,
                      options=["--certificate", apart])
        live.check("certificate of none of the keys" in done.err, "... of another key", done)


async def with_asyncssh(live, server, authority):
    import asyncssh
    ca = asyncssh.read_private_key(str(authority.key))
    # Not RSA: asyncssh 2.10 names ssh-rsa-cert-v01, SHA-1, and OpenSSH refuses that as we do.
    for algorithm in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521"):
        key = asyncssh.generate_private_key(algorithm)
        now = datetime.datetime.now()
        certificate = ca.generate_user_certificate(
            key, "by asyncssh", principals=[harness.kUser],
            valid_after=now - datetime.timedelta(hours=1),
            valid_before=now + datetime.timedelta(hours=1))
        async with asyncssh.connect("127.0.0.1", server.port, username=harness.kUser, config=None,
                                    client_keys=[(key, certificate)], agent_path=None,
                                    known_hosts=str(live.known_hosts), login_timeout=20) as link:
            async with link.start_sftp_client() as sftp:
                live.check(await sftp.realpath(".") == "/",
                           f"asyncssh with a certificate of its own for {algorithm}")


def test(live):
    users(live)
    principals(live)
    revocation(live)
    hosts(live)
    our_client(live)
    authority = Authority(live)
    file(live, "authorities", authority.public)
    with live.server("--trusted-user-ca-keys", live.home / "authorities", authorized=False) as server:
        asyncio.run(with_asyncssh(live, server, authority))


if __name__ == "__main__":
    harness.main(test)
