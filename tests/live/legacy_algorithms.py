"""Every algorithm that is off by default, negotiated with clients that have it; files go both ways
and the keys are exchanged anew on the way. The server is the one that insists: it has nothing else
of the kind. Where nobody else's client is to be had, our own shows that client and server agree.
"""

import asyncio
import json
import sys

import harness

kOpenSSH, kPuTTY, kAsyncSSH, kCurl = "OpenSSH", "PuTTY", "AsyncSSH", "curl"
kDropbear, kOurs = "Dropbear", "nacre-sftp"

# What is off by default, and whose clients are tried.
kKex = {
    "mlkem768nistp256-sha256": (kOurs,),
    "mlkem1024nistp384-sha384": (kOurs,),
    "curve448-sha512": (kPuTTY, kAsyncSSH),
    "diffie-hellman-group-exchange-sha256": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "diffie-hellman-group14-sha256": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl, kDropbear),
    "diffie-hellman-group15-sha512": (kPuTTY, kAsyncSSH),
    "diffie-hellman-group16-sha512": (kOpenSSH,),
    "diffie-hellman-group17-sha512": (kPuTTY, kAsyncSSH),
    "diffie-hellman-group18-sha512": (kOpenSSH,),
    "diffie-hellman-group-exchange-sha1": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "diffie-hellman-group14-sha1": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "diffie-hellman-group1-sha1": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
}
kCiphers = {
    "chacha20-poly1305": (kOurs,),
    "aes128-gcm": (kOurs,),
    "aes256-gcm": (kOurs,),
    "AEAD_AES_128_GCM": (kOurs,),
    "AEAD_AES_256_GCM": (kOurs,),
    "aes128-cbc": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "aes192-cbc": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "aes256-cbc": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "rijndael-cbc@lysator.liu.se": (kPuTTY, kCurl),
    "3des-ctr": (kPuTTY,),
    "3des-cbc": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "blowfish-cbc": (kPuTTY, kAsyncSSH),
    "cast128-cbc": (kAsyncSSH,),
    "arcfour256": (kPuTTY, kAsyncSSH),
    "arcfour128": (kPuTTY, kAsyncSSH),
    "arcfour": (kAsyncSSH,),
}
kMacs = {
    "AEAD_AES_128_GCM": (),  # with the cipher of that name
    "AEAD_AES_256_GCM": (),
    "hmac-ripemd160-etm@openssh.com": (kOurs,),
    "hmac-ripemd160": (kCurl,),
    "hmac-ripemd160@openssh.com": (kCurl,),
    "hmac-sha256@ssh.com": (kAsyncSSH,),
    "hmac-sha256-2@ssh.com": (kAsyncSSH,),
    "hmac-sha224@ssh.com": (kAsyncSSH,),
    "hmac-sha384@ssh.com": (kAsyncSSH,),
    "hmac-sha512@ssh.com": (kAsyncSSH,),
    "hmac-sha2-512-96": (kAsyncSSH,),
    "hmac-sha2-256-96": (kAsyncSSH,),
    "hmac-ripemd160-96": (kOurs,),
    "hmac-sha1-96-etm@openssh.com": (kOpenSSH, kPuTTY, kAsyncSSH),
    "hmac-sha1-96": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "hmac-md5-etm@openssh.com": (kOpenSSH, kAsyncSSH),
    "hmac-md5": (kOpenSSH, kPuTTY, kAsyncSSH, kCurl),
    "hmac-md5-96-etm@openssh.com": (kOpenSSH, kAsyncSSH),
    "hmac-md5-96": (kOpenSSH, kAsyncSSH, kCurl),
}
# CBC with what authenticates the ciphertext is laid out in another way than with the other MACs.
kPairs = (
    ("aes256-cbc", "hmac-sha2-256-etm@openssh.com", (kOpenSSH, kPuTTY, kAsyncSSH)),
    ("3des-cbc", "hmac-sha1-etm@openssh.com", (kOpenSSH, kPuTTY, kAsyncSSH)),
    ("arcfour256", "hmac-sha1-96-etm@openssh.com", (kPuTTY, kAsyncSSH)),
    ("3des-ctr", "hmac-md5", (kPuTTY,)),
    ("blowfish-cbc", "hmac-md5-96", (kAsyncSSH,)),
)
kSize = 700_001
kRekeyBytes = 300_000


def weak(name, kind):
    """Whether naming it must be warned of."""
    if kind == "ciphers":
        return "-cbc" in name or "3des" in name or "arcfour" in name
    if kind == "macs":
        return "md5" in name or "-96" in name
    return name.endswith("-sha1")


def openssh(live, server, lists):
    words = {"kex": "KexAlgorithms", "ciphers": "Ciphers", "macs": "MACs"}
    return live.sftp(server, "put data up", "get up down",
                     options=[f"{words[kind]}={names}" for kind, names in lists.items()])


def putty(live, server, lists):
    session = live.home / ".putty" / "sessions" / "legacy"
    session.parent.mkdir(parents=True, exist_ok=True)
    # Everything stands before WARN: PuTTY would ask, and there is nobody to answer.
    session.write_text(
        "Cipher=aes,aesgcm,chacha20,3des,blowfish,arcfour,des,WARN\n"
        "KEX=ntru-curve25519,ecdh,dh-gex-sha1,dh-group18-sha512,dh-group17-sha512,"
        "dh-group16-sha512,dh-group15-sha512,dh-group14-sha1,rsa,dh-group1-sha1,WARN\n"
        "HostKey=ed25519,ed448,ecdsa,rsa,dsa,WARN\n")
    key = live.dir / "keys" / "user.ppk"
    if not key.exists():
        made = live.run(harness.need("puttygen"), live.user_key(), "-O", "private", "-o", key)
        live.check_ok(made, "puttygen writes the user's key")
    script = live.dir / "script"
    script.write_text("put data up\nget up down\nquit\n")
    known = [word for kind in harness.kHostKeys
             for word in ("-hostkey", live.fingerprint(live.host_key(kind)))]
    return live.run(harness.need("psftp"), "-load", "legacy", "-batch", "-P", server.port, "-i", key,
                    *known, "-b", script, f"{harness.kUser}@127.0.0.1")


def curl(live, server, lists):
    key = live.user_key("ecdsa-256")  # libssh2 before 1.11 signs with SHA-1 only
    client = [harness.need("curl"), "-q", "-s", "-S", "-k", "--max-time", "60", "-u",
              f"{harness.kUser}:", "--key", key, "--pubkey", f"{key}.pub"]
    url = f"sftp://127.0.0.1:{server.port}/up"
    done = live.run(*client, "-T", "data", url)
    return live.run(*client, "-o", "down", url) if done.ok else done


def dropbear(live, server, lists):
    """dbclient, with OpenSSH's sftp on top of it."""
    key = live.dir / "keys" / "user.dropbear"
    if not key.exists():
        made = live.run(harness.need("dropbearconvert"), "openssh", "dropbear", live.user_key(), key)
        live.check_ok(made, "dropbearconvert reads the user's key")
    batch = live.dir / "batch"
    batch.write_text("put data up\nget up down\n")
    through = (f"{harness.need('dbclient')} -y -y -i {key} -p {server.port} "
               f"{harness.kUser}@127.0.0.1 -s sftp")
    return live.run(harness.need("sftp"), "-b", batch, "-D", through)


def asyncssh(live, server, lists):
    """In a process of its own, which ends with whatever hangs."""
    login = {"kex": "kex_algs", "ciphers": "encryption_algs", "macs": "mac_algs"}
    options = {login[kind]: names.split(",") for kind, names in lists.items()}
    return live.run(sys.executable, "-W", "ignore", __file__, "asyncssh", server.port,
                    live.user_key(), live.known_hosts, json.dumps(options))


async def asyncssh_client(port, key, known_hosts, options):
    import asyncssh as module
    async with module.connect("127.0.0.1", int(port), username=harness.kUser, client_keys=[key],
                              known_hosts=known_hosts, agent_path=None, config=None,
                              login_timeout=30, **json.loads(options)) as connection:
        async with connection.start_sftp_client() as sftp:
            await sftp.put("data", "up")
            await sftp.get("up", "down")


def ours(live, server, lists):
    chosen = [word for kind, names in lists.items() for word in (f"--{kind}", names)]
    client = [harness.ours("nacre-sftp"), "-q", *chosen, "-P", server.port, "-i", live.user_key(),
              "--known-hosts", live.known_hosts, "-b", "-", f"{harness.kUser}@127.0.0.1"]
    return live.run(*client, input="put data up\nget up down\n")


kClients = {kOpenSSH: (openssh, "OpenSSH_"), kPuTTY: (putty, "PuTTY"),
            kAsyncSSH: (asyncssh, "AsyncSSH_"), kCurl: (curl, "libssh2_"),
            kDropbear: (dropbear, "dropbear_"), kOurs: (ours, "Nacre_")}


def transfers(live, lists, clients, said):
    """`lists`: option of the server, without the dashes, to names. `said`: words of the log's line
    about what was negotiated."""
    options = [word for kind, names in lists.items() for word in (f"--{kind}", names)]
    what = " with ".join(dict.fromkeys(lists.values()))
    with live.server(*options, "--rekey-bytes", kRekeyBytes, "--log-level", "debug") as server:
        live.authorize(live.user_key(), live.user_key("ecdsa-256"))
        for kind, names in lists.items():
            if weak(names, kind):
                live.check(server.logged("warn", f"--{kind}: {names} is not secure any more"),
                           f"{what}: the server warns of {names}")
            else:
                live.check(f"{names} is not secure" not in server.log, f"{what}: no warning")
        for client in clients:
            run, version = kClients[client]
            for path in (live.tree / "up", live.local / "down"):
                path.unlink(missing_ok=True)
            done = run(live, server, lists)
            line = f"{client}: {what}"
            live.check_same(live.local / "data", live.tree / "up", f"{line}: put", done)
            live.check_same(live.local / "data", live.local / "down", f"{line}: get", done)
            live.check(server.logged("negotiated: ", *said, version), f"{line}: it was used", done)
            live.check(server.logged("new keys: ", *said, version), f"{line}: with new keys", done)


def test(live):
    harness.random_file(live.local / "data", kSize)
    for name, clients in kKex.items():
        transfers(live, {"kex": name}, clients, (f"kex {name},",))
    for name, clients in kCiphers.items():
        lists = {"ciphers": name}
        if name.startswith("AEAD_"):
            lists["macs"] = name
        transfers(live, lists, clients, (f"cipher {name},",))
    for name, clients in kMacs.items():
        if clients:
            transfers(live, {"ciphers": "aes128-ctr", "macs": name}, clients, (f"mac {name},",))
    for cipher, mac, clients in kPairs:
        transfers(live, {"ciphers": cipher, "macs": mac}, clients,
                  (f"cipher {cipher},", f"mac {mac},"))

    # Off until named, and AES-GCM of RFC 5647 not without its MAC.
    with live.server() as server:
        for option, name in (("Ciphers", "aes128-cbc"), ("MACs", "hmac-md5"),
                             ("KexAlgorithms", "diffie-hellman-group14-sha1")):
            more = ("Ciphers=aes128-ctr",) if option == "MACs" else ()
            done = live.sftp(server, "pwd", options=(f"{option}={name}", *more))
            # Whichever end is the first to say so.
            live.check_fails(done, ["no matching", "no common"], f"{name} is off until named")
    done = live.run(harness.ours("nacre-sftpd"), "--ciphers", "AEAD_AES_128_GCM")
    live.check_fails(done, "in --ciphers and in --macs", "AEAD_AES_128_GCM without its MAC")
    done = live.run(harness.ours("nacre-sftp"), "--ciphers", "+3des-cbc", "--macs", "nonsense",
                    "localhost", "pwd")
    live.check_fails(done, "nonsense", "nacre-sftp: an unknown MAC", status=2)
    live.check("3des-cbc is not secure any more" in done.err, "nacre-sftp warns", done)
    with live.server("--ciphers", "+AEAD_AES_128_GCM", "--macs", "+AEAD_AES_128_GCM") as server:
        done = live.sftp(server, "pwd")
        live.check_ok(done, "OpenSSH is not disturbed by names of RFC 5647")


if sys.argv[1:2] == ["asyncssh"]:
    asyncio.run(asyncssh_client(*sys.argv[2:]))
else:
    harness.main(test)
