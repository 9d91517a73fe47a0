"""OpenSSH's ssh-keyscan finds each host key."""

import harness

kKinds = {"ed25519": ("ed25519",), "ecdsa": ("ecdsa-256",), "rsa": ("rsa-3072",)}


def test(live):
    scan = harness.need("ssh-keyscan")
    with live.server() as server:
        for kind, (key,) in kKinds.items():
            done = live.run(scan, "-T", "10", "-t", kind, "-p", server.port, "127.0.0.1")
            words = open(f"{live.host_key(key)}.pub").read().split()[:2]
            live.check(f"[127.0.0.1]:{server.port} {' '.join(words)}" in done.out, f"the {kind} key", done)
        done = live.run(scan, "-T", "10", "-p", server.port, "127.0.0.1")
        live.check(len([line for line in done.out.splitlines() if line[:1] == "["]) == 3,
                   "all keys at once", done)
        live.check_ok(live.sftp(server, "pwd"), "and the server goes on")


harness.main(test)
