"""Agents: our programs with OpenSSH's ssh-agent, and OpenSSH's programs with our agent."""

import contextlib
import subprocess
import time

import harness

kKeys = ("ed25519", "ecdsa-256", "rsa-3072")


@contextlib.contextmanager
def running(live, name, *command):
    """The environment of an agent that listens at dir/name."""
    path = live.dir / name
    path.unlink(missing_ok=True)
    process = live.start(*(path if word is None else word for word in command),
                         stdout=subprocess.DEVNULL)
    try:
        if not harness.wait_until(path.exists):
            raise RuntimeError(f"{command[0]} did not start")
        yield {"SSH_AUTH_SOCK": str(path)}
    finally:
        live.finish(process)


def openssh_agent(live, name="agent"):
    return running(live, name, harness.need("ssh-agent"), "-D", "-a", None)


def our_agent(live, confirm_file):
    return running(live, "ours", harness.kBuild / "tests/live/key-agent", None, confirm_file)


def add(live, agent, *arguments):
    return live.run(harness.need("ssh-add"), *arguments, env=agent)


def client(live, server, agent, *options, command=("ls",)):
    return live.run(harness.ours("nacre-sftp"), *options, "-P", server.port, "--known-hosts",
                    live.known_hosts, f"{harness.kUser}@127.0.0.1", *command, env=agent)


def our_client(live, server, agent):
    """nacre-sftp with the keys of OpenSSH's agent."""
    live.check_fails(client(live, server, agent), "no more authentication methods",
                     "no key in the agent: no login")
    for kind in kKeys:
        live.check_ok(add(live, agent, live.user_key(kind)), f"ssh-add of {kind}")
        live.check_ok(client(live, server, agent), f"nacre-sftp with {kind} in ssh-agent")
        live.check(server.logged("publickey", live.fingerprint(live.user_key(kind))),
                   f"the key is that of {kind}")
        add(live, agent, "-d", live.user_key(kind))
    live.check_ok(add(live, agent, live.user_key()), "ssh-add")
    path = agent["SSH_AUTH_SOCK"]
    live.check_ok(client(live, server, {}, "--identity-agent", path), "--identity-agent PATH")
    live.check(not client(live, server, agent, "--identity-agent", "none").ok,
               "--identity-agent none")
    done = client(live, server, {}, "--identity-agent", live.dir / "nothing")
    live.check("nothing" in done.err and not done.ok, "an agent that is not there is told of", done)
    stranger = live.key("stranger")
    live.check(not client(live, server, agent, "--identities-only", "-i", stranger).ok,
               "--identities-only leaves the agent's other keys out")
    # The private half is in the agent alone.
    public = live.local / "only.pub"
    public.write_text(open(f"{live.user_key()}.pub").read())
    for named in (public, live.local / "only"):
        live.check_ok(client(live, server, agent, "--identities-only", "-i", named),
                      f"-i {named.name}: the agent has the private key")


def bound_session(live, agent):
    """Keys that ssh-agent lets be used for one host only: it wants to know the session."""
    host = live.host_key("ed25519")
    with live.server(host_keys=("ed25519",)) as server, live.server(host_keys=("ecdsa-256",)) as other:
        hosts = live.home / "restricted_hosts"
        hosts.write_text("allowed " + " ".join(open(f"{host}.pub").read().split()[:2]) + "\n")
        done = add(live, agent, "-H", hosts, "-h", "allowed", live.user_key())
        live.check_ok(done, "ssh-add -h")
        live.check_ok(client(live, server, agent), "a key for one host: its host")
        live.check(not client(live, other, agent).ok, "a key for one host: another host")
        add(live, agent, "-D")


def host_keys(live, agent):
    """nacre-sftpd with host keys in OpenSSH's agent, without their private files."""
    public = []
    for kind in kKeys:
        live.check_ok(add(live, agent, live.host_key(kind)), f"ssh-add of host key {kind}")
        path = live.home / f"host-{kind}.pub"
        path.write_text(open(f"{live.host_key(kind)}.pub").read())
        public += ["--host-key", path]
    options = ["--host-key-agent", agent["SSH_AUTH_SOCK"], *public]
    with live.server(*options, host_keys=()) as server:
        live.know(server.port)
        for algorithm in ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512"):
            done = live.sftp(server, "ls", options=[f"HostKeyAlgorithms={algorithm}"])
            live.check_ok(done, f"a host key in ssh-agent, {algorithm}")
        done = live.sftp(server, "ls", options=["UpdateHostKeys=yes"])
        live.check_ok(done, "proofs of host keys in ssh-agent")
        add(live, agent, "-D")
        began = time.monotonic()
        live.check(not live.sftp(server, "ls").ok and time.monotonic() - began < 15,
                   "the agent has lost the host keys: no session, soon")
        for kind in kKeys:
            add(live, agent, live.host_key(kind))
        live.check_ok(live.sftp(server, "ls"), "and a session again when it has them")
    with contextlib.suppress(RuntimeError):
        live.server("--host-key-agent", live.dir / "nothing", *public, host_keys=())
        live.check(False, "no agent for the host keys: no start")
    live.check("--host-key-agent" in live.servers[-1].log, "no agent for the host keys is told of")


def restarted(live):
    """An agent for host keys that comes back."""
    host = live.host_key("ed25519")
    with openssh_agent(live, "first") as agent:
        add(live, agent, host)
        server = live.server("--host-key-agent", agent["SSH_AUTH_SOCK"], "--host-key", f"{host}.pub",
                             host_keys=())
        live.know(server.port)
        live.check_ok(live.sftp(server, "ls"), "before the agent ends")
    live.check(not live.sftp(server, "ls").ok, "the agent has ended")
    with openssh_agent(live, "first") as agent:
        add(live, agent, host)
        live.check_ok(live.sftp(server, "ls"), "the agent is back")
    server.stop()


def our_agent_with_openssh(live, server):
    confirm = live.dir / "confirm"
    with our_agent(live, confirm) as agent:
        live.check("no identities" in add(live, agent, "-l").out, "ssh-add -l of an empty agent")
        for kind in (*kKeys, "ecdsa-384", "ecdsa-521"):
            key = live.user_key(kind)
            live.check_ok(add(live, agent, key), f"ssh-add of {kind} to ours")
            listed = add(live, agent, "-l")
            live.check(live.fingerprint(key) in listed.out, f"ssh-add -l has {kind}", listed)
        listed = add(live, agent, "-L")
        public = open(f"{live.user_key()}.pub").read().split()[1]
        live.check(public in listed.out, "ssh-add -L", listed)
        for kind in kKeys:
            # The first value of an option counts.
            done = live.run(harness.need("ssh"), "-o", "IdentityAgent=SSH_AUTH_SOCK",
                            *live.ssh_options(key=f"{live.user_key(kind)}.pub"), "-p", server.port,
                            "-s", f"{harness.kUser}@127.0.0.1", "sftp", env=agent,
                            input=b"\0\0\0\5\1\0\0\0\3")
            live.check(done.bytes[4:9] == b"\2\0\0\0\3", f"ssh with {kind} in ours", done)
        live.check_ok(add(live, agent, "-T", f"{live.user_key()}.pub"), "ssh-add -T")
        live.check_ok(add(live, agent, "-d", live.user_key()), "ssh-add -d")
        live.check(not add(live, agent, "-T", f"{live.user_key()}.pub").ok, "it is gone")
        asker = live.dir / "askpass"
        asker.write_text("#!/bin/sh\necho secret\n")
        asker.chmod(0o700)
        asking = {**agent, "SSH_ASKPASS": str(asker), "SSH_ASKPASS_REQUIRE": "force"}
        live.check_ok(add(live, asking, "-x"), "ssh-add -x")
        live.check("no identities" in add(live, agent, "-l").out, "a locked agent shows nothing")
        live.check_ok(add(live, asking, "-X"), "ssh-add -X")
        live.check("RSA" in add(live, agent, "-l").out, "unlocked it shows its keys")
        live.check_ok(add(live, agent, "-D"), "ssh-add -D")
        live.check_ok(add(live, agent, "-t", "1", live.user_key()), "ssh-add -t")
        live.check(harness.wait_until(lambda: "no identities" in add(live, agent, "-l").out),
                   "a key that lives for one second")
        live.check_ok(add(live, agent, "-c", live.user_key()), "ssh-add -c")
        live.check(not add(live, agent, "-T", f"{live.user_key()}.pub").ok, "not confirmed")
        confirm.touch()
        live.check_ok(add(live, agent, "-T", f"{live.user_key()}.pub"), "confirmed")
        add(live, agent, "-D")
        certificate(live, agent)


def certificate(live, agent):
    for kind in kKeys:
        key = live.key(f"certified-{kind}", kind)
        live.run(harness.need("ssh-keygen"), "-q", "-s", live.key("authority"), "-I", "id", "-n", "me",
                 f"{key}.pub")
        live.check_ok(add(live, agent, key), f"ssh-add of a certificate, {kind}")
        live.check("-CERT" in add(live, agent, "-l").out, f"ssh-add -l has the certificate, {kind}")
        done = add(live, agent, "-T", f"{key}-cert.pub")
        live.check_ok(done, f"ssh-add -T with the certificate, {kind}")
        add(live, agent, "-D")


def test(live):
    live.authorize(*(live.user_key(kind) for kind in kKeys))
    keys = live.home / "authorized_keys"
    with openssh_agent(live) as agent:
        with live.server("--authorized-keys", keys, authorized=False) as server:
            our_client(live, server, agent)
            our_agent_with_openssh(live, server)
        add(live, agent, "-D")
        bound_session(live, agent)
        host_keys(live, agent)
    restarted(live)


if __name__ == "__main__":
    harness.main(test)
