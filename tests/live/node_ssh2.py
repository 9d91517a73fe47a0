"""The ssh2 of npm: every algorithm that it and we have, each way to log in, SFTP, new keys, a
program."""

import json
import pathlib

import harness

kModules = pathlib.Path(__file__).resolve().parents[2] / "subprojects" / "ssh2" / "node_modules"
kSize = 700_001

# What ssh2 1.17 supports and node's OpenSSL still has.
kAlgorithms = {
    "kex": ("curve25519-sha256@libssh.org", "curve25519-sha256", "ecdh-sha2-nistp256",
            "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group-exchange-sha256",
            "diffie-hellman-group14-sha256", "diffie-hellman-group15-sha512",
            "diffie-hellman-group16-sha512", "diffie-hellman-group17-sha512",
            "diffie-hellman-group18-sha512", "diffie-hellman-group-exchange-sha1",
            "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"),
    "serverHostKey": ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256",
                      "ssh-rsa"),
    "cipher": ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr",
               "aes256-ctr", "chacha20-poly1305@openssh.com", "aes256-cbc", "aes192-cbc",
               "aes128-cbc", "3des-cbc"),
    "hmac": ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com",
             "hmac-sha1-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1",
             "hmac-md5", "hmac-sha2-256-96", "hmac-sha2-512-96", "hmac-sha1-96", "hmac-md5-96"),
    "compress": ("none", "zlib@openssh.com", "zlib"),
}
kTold = {"kex": "kex", "serverHostKey": "hostKey", "cipher": "cipher", "hmac": "mac",
         "compress": "compression"}
kNamed = {"--kex": "kex", "--ciphers": "cipher", "--macs": "hmac", "--compression": "compress"}


def node(live, server, runs):
    """What each of the runs said, by its name."""
    job = {"port": int(server.port), "user": harness.kUser, "file": str(live.local / "file"),
           "back": str(live.local / "back"), "runs": runs}
    done = live.run(harness.need("node"), pathlib.Path(__file__).with_suffix(".js"),
                    input=json.dumps(job).encode(), timeout=240, env={"NODE_PATH": str(kModules)})
    said = [json.loads(line) for line in done.out.splitlines()]
    live.check(done.ok and [each["name"] for each in said] == [each["name"] for each in runs],
               f"{len(runs)} runs of ssh2", done)
    return {each["name"]: each for each in said}


def key_of(live, kind="ed25519"):
    return {"privateKey": pathlib.Path(live.user_key(kind)).read_text()}


def algorithms(live):
    options = [word for option, kind in kNamed.items()
               for word in (option, "+" + ",".join(kAlgorithms[kind]))]
    runs = []
    for kind, names in kAlgorithms.items():
        for name in names:
            chosen = {kind: [name]}
            # With others the MAC would not be asked for.
            if kind == "hmac":
                chosen["cipher"] = ["aes256-ctr"]
            runs.append({"name": f"{kind} {name}", "deed": "transfer",
                         "options": {**key_of(live), "algorithms": chosen}})
    with live.server(*options, "--host-key-algorithms", "+ssh-rsa",
                     host_keys=("ed25519", "ecdsa-256", "rsa-3072")) as server:
        for name, said in node(live, server, runs).items():
            kind, wanted = name.split(" ")
            live.check(said.get("said") == "same" and said["negotiated"][kTold[kind]] == wanted,
                       f"{name}: {said.get('error') or said.get('said')}")


def logins(live):
    password = live.dir / "password"
    password.write_text("correct horse\n")
    password.chmod(0o600)
    ways = {kind: key_of(live, kind) for kind in ("ed25519", "ecdsa-256", "ecdsa-521", "rsa-3072")}
    ways["password"] = {"password": "correct horse"}
    ways["keyboard-interactive"] = {"password": "correct horse", "tryKeyboard": True,
                                    "authHandler": ["keyboard-interactive"]}
    ways["wrong password"] = {"password": "wrong"}
    keys = [live.user_key(name) for name, options in ways.items() if "privateKey" in options]
    ways["wrong key"] = key_of(live, "ecdsa-384")
    with live.server("--user", harness.kUser, "--password-file", f"plain:{password}") as server:
        live.authorize(*keys)
        said = node(live, server, [{"name": name, "deed": "transfer", "options": options}
                                   for name, options in ways.items()])
    for name, each in said.items():
        if name.startswith("wrong"):
            live.check("client-authentication" in each.get("error", ""), f"{name}: {each}")
        else:
            live.check(each.get("said") == "same", f"login by {name}: {each.get('error', 'well')}")


def deeds(live):
    runs = [{"name": deed, "deed": deed, "options": key_of(live)}
            for deed in ("operations", "renew", "program")]
    # Several times in each of these files.
    with live.server("--allow-exec", "--log-level", "debug", "--rekey-bytes", "64K") as server:
        said = node(live, server, runs)
        live.check(server.logged("new keys:"), "keys were renewed")
    wanted = {"size": kSize, "taken": 4, "link": "b", "attrs": [0o600, 1000, True],
              "names": ["b", "d", "link"], "blocks": True, "start": "new", "missing": 2, "full": 4,
              "outside": 2, "many": True}
    live.check(said["operations"].get("said") == wanted, f"operations: {said['operations']}")
    live.check(said["renew"].get("said") == "same same", f"new keys: {said['renew']}")
    live.check(said["program"].get("said") == {"out": "hello", "err": "err\n", "status": 6},
               f"a program: {said['program']}")


def test(live):
    harness.need("node")
    if not kModules.is_dir():
        harness.skip("the ssh2 of npm is not there (tools/setup --tests)")
    harness.random_file(live.local / "file", kSize)
    algorithms(live)
    logins(live)
    deeds(live)


harness.main(test)
