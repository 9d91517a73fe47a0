"""How long the server takes to refuse the user that there is, and one that there is not.

What is done for both is the same by construction (see catalogue_user_enumeration_test.cpp); this
measures it from outside, with both users asked in turns over two connections that stay open.
"""

import statistics
import time

import harness

kSamples = 1000      # of both users and all methods together
kPerConnection = 8   # Paramiko asks for the service each time, which the server takes eight times
kRelative, kAbsolute = 0.2, 0.001  # only a difference beyond both is one


def connect(paramiko, server):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.start_client(timeout=30)
    return transport


def ask(paramiko, transport, user, method, key):
    """Seconds until the request is refused."""
    begin = time.perf_counter()
    try:
        if method == "publickey":
            transport.auth_publickey(user, key)
        else:
            transport.auth_password(user, "wrong", fallback=False)
    except paramiko.AuthenticationException:
        return time.perf_counter() - begin
    raise RuntimeError("logged in")


def test(live):
    try:
        import paramiko
    except ImportError:
        harness.skip("paramiko is not installed")
    key = paramiko.ECDSAKey.generate()
    users = {"existing": harness.kUser, "unknown": "x" * len(harness.kUser)}
    secret = live.home / "password"
    # bcrypt of a low cost, so that a thousand of them are quick: a vector of crypt_blowfish.
    secret.write_text("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n")
    secret.chmod(0o600)
    taken = {(method, who): [] for method in ("publickey", "password") for who in users}
    with live.server("--user", harness.kUser, "--password-file", secret, "--max-auth-tries", "100",
                     "--max-startups", "off") as server:
        while sum(map(len, taken.values())) < kSamples:
            pair = {who: connect(paramiko, server) for who in users}
            for number in range(kPerConnection):
                method = ("publickey", "password")[number % 2]
                # Neither is always the first.
                for who in sorted(users, reverse=number % 4 > 1):
                    taken[method, who].append(ask(paramiko, pair[who], users[who], method, key))
            for transport in pair.values():
                transport.close()
    for method in ("publickey", "password"):
        one, other = (statistics.median(taken[method, who]) for who in users)
        apart = abs(one - other)
        live.check(apart <= kAbsolute or apart <= kRelative * max(one, other),
                   f"{method}: medians of {len(taken[method, 'existing'])} refusals each: existing "
                   f"{one * 1000:.2f} ms, unknown {other * 1000:.2f} ms")


harness.main(test)
