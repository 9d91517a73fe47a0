"""Logins with OpenSSH's client: each method, chains of them, and those that must be refused."""

import harness

kPassword = "correct horse ü"


class Asker:
    """A program that answers ssh's prompts, and counts them."""

    def __init__(self, live, answer):
        self.count_file = live.dir / "asked"
        self.count_file.unlink(missing_ok=True)
        self.path = live.dir / "askpass"
        (live.dir / "answer").write_text(answer + "\n")
        self.path.write_text(f"#!/bin/sh\necho \"$1\" >>{self.count_file}\ncat {live.dir}/answer\n")
        self.path.chmod(0o700)

    @property
    def environment(self):
        return {"SSH_ASKPASS": str(self.path), "SSH_ASKPASS_REQUIRE": "force"}

    @property
    def count(self):
        return len(self.count_file.read_text().splitlines()) if self.count_file.exists() else 0


def log_in(live, server, methods, password=None, key=None, user=harness.kUser, more=()):
    asker = Asker(live, password or "")
    options = [f"PreferredAuthentications={methods}", "NumberOfPasswordPrompts=1", *more]
    if key is not None:
        options.append(f"IdentityFile={key}")
    done = live.ssh(server, "sftp", arguments=("-s",), options=options, key=False, user=user,
                    env=asker.environment, input=b"\0\0\0\5\1\0\0\0\3")
    done.asked = asker.count
    return done


def entered(outcome):
    """Whether the SFTP server behind the login answered."""
    return outcome.bytes[4:9] == b"\2\0\0\0\3"


def refused(live, outcome, what):
    live.check(not entered(outcome) and outcome.status == 255 and
               ("Permission denied" in outcome.err or "Too many" in outcome.err), what, outcome)


def public_keys(live):
    key = live.user_key()
    with live.server() as server:
        done = log_in(live, server, "publickey", key=key)
        live.check(entered(done), "publickey", done)
        live.check(server.logged("publickey", live.fingerprint(key), harness.kUser),
                   "publickey: the log has user, method and fingerprint")
        stranger = live.key("stranger")
        refused(live, log_in(live, server, "publickey", key=stranger), "an unknown key")
        live.check(server.logged("publickey", live.fingerprint(stranger)),
                   "an unknown key: the log has its fingerprint")
        refused(live, log_in(live, server, "publickey", key=key, user="no-such-user"), "an unknown user")
        live.check(server.logged("no-such-user"), "an unknown user: the log has the name")
        refused(live, log_in(live, server, "password,keyboard-interactive", kPassword),
                "a password where none is configured")

        limit = [option for number in range(9)
                 for option in (f"IdentityFile={live.key(f'wrong{number}')}",)]
        done = log_in(live, server, "publickey", more=limit)
        live.check_fails(done, ["too many authentication failures", "permission denied"],
                         "too many attempts end the connection")

        live.authorize(live.user_key("rsa-3072"))
        refused(live, log_in(live, server, "publickey", key=key), "a key that was taken out of the file")
        done = log_in(live, server, "publickey", key=live.user_key("rsa-3072"))
        live.check(entered(done), "a key that was put into the file", done)

        public = open(f"{key}.pub").read().strip()
        live.authorize("# a comment", "", "not a key", f'form="127.0.0.1" {public}')
        refused(live, log_in(live, server, "publickey", key=key), "a line with an unknown option is no grant")
        live.check(server.logged("form"), "a line with an unknown option: the log names the option")
        live.authorize("# a comment", "", "not a key", f'comand="true" {public}', public)
        done = log_in(live, server, "publickey", key=key)
        live.check(entered(done), "a good line after bad ones", done)

        path = live.authorize(key)
        path.chmod(0o666)
        refused(live, log_in(live, server, "publickey", key=key), "a file that others may write")
        live.check(server.logged("authorized_keys", "write") or server.logged("authorized_keys", "writ"),
                   "a file that others may write: the log has the reason")
        path.chmod(0o600)
        live.home.chmod(0o777)
        refused(live, log_in(live, server, "publickey", key=key), "a folder that others may write")
        live.home.chmod(0o700)
        done = log_in(live, server, "publickey", key=key)
        live.check(entered(done), "and after that is repaired", done)


def passwords(live):
    made = live.run(harness.ours("nacre-sftpd"), "--hash-password", input=kPassword + "\n")
    live.check(made.ok and made.out.startswith("$argon2id$") and made.out.count("\n") == 1,
               "--hash-password prints an argon2id hash", made)
    hashes = {"argon2id": made.out}
    try:
        import crypt
        hashes["bcrypt"] = crypt.crypt(kPassword, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=64)) + "\n"
    except ImportError:
        print("        (this Python makes no bcrypt hash)")
    plain = live.home / "plain"
    plain.write_text(kPassword + "\n")
    plain.chmod(0o600)
    arguments = {"plain": f"plain:{plain}"}
    for name, text in hashes.items():
        path = live.home / name
        path.write_text(text)
        path.chmod(0o600)
        arguments[name] = path
    for name, argument in arguments.items():
        with live.server("--user", harness.kUser, "--password-file", argument,
                         authorized=False) as server:
            for method in ("password", "keyboard-interactive"):
                done = log_in(live, server, method, kPassword)
                live.check(entered(done) and done.asked == 1, f"{method} ({name})", done)
                live.check(server.logged(method, harness.kUser), f"{method} ({name}) is in the log")
                done = log_in(live, server, method, "wrong")
                refused(live, done, f"a wrong {method} ({name})")
                refused(live, log_in(live, server, method, ""), f"an empty {method} ({name})")
                refused(live, log_in(live, server, method, kPassword, user="no-such-user"),
                        f"{method} ({name}) of an unknown user")
            live.check(kPassword not in server.log and "wrong" not in server.log,
                       f"no password is in the log ({name})")
    with live.server("--user", "joe", "--password-file", arguments["plain"],
                     authorized=False) as server:
        done = log_in(live, server, "password", kPassword, user="joe")
        live.check(entered(done), "--user names another user", done)
        refused(live, log_in(live, server, "password", kPassword), "and only that one")
    return arguments["argon2id"]


def two_factors(live, hash_file):
    key = live.user_key()
    for second in ("password", "keyboard-interactive"):
        with live.server("--user", harness.kUser, "--password-file", hash_file, "--require",
                         f"publickey,{second}") as server:
            both = f"publickey,{second}"
            done = log_in(live, server, both, kPassword, key=key)
            live.check(entered(done) and done.asked == 1, f"{both}", done)
            done = log_in(live, server, both, kPassword, key=key, more=("LogLevel=VERBOSE",))
            live.check("partial success" in done.err, f"{both}: the first is a partial success", done)
            refused(live, log_in(live, server, both, "wrong", key=key), f"{both}: a wrong password")
            refused(live, log_in(live, server, both, kPassword, key=live.key("stranger")),
                    f"{both}: a wrong key")
            refused(live, log_in(live, server, "publickey", key=key), f"{both}: the key alone")
            refused(live, log_in(live, server, second, kPassword), f"{both}: the password alone")


def test(live):
    harness.need("ssh")
    public_keys(live)
    two_factors(live, passwords(live))


harness.main(test)
