"""How long the server takes to refuse users that there are, that there are not, and that are locked.

What is done for all of them is the same by construction (see catalogue_user_enumeration_test.cpp);
this measures it from outside, with the users asked in turns.

nacre-sftpd lets in one user and has no mark for a locked one: a hash that begins with "!" does not
let it start. Locked is here whose key has expired and whose password has become one that nobody
knows, as that leaves every method on offer. It takes a second server, and there, too, stands
somebody unknown next to him.
"""

import collections
import concurrent.futures
import random
import secrets
import statistics
import time

import harness

kMethods = ("none", "publickey", "password", "keyboard-interactive")  # "none" once, and first
kQuestion = "keyboard-interactive, its question"
kSamples = 1000  # of any two users, in all methods together
kSlowSamples = 16  # of each user and method with the hash that users have, which takes its time
kTries = 4  # to find no difference: as many samples again, and then all of them together
kRelative, kAbsolute = 0.2, 0.001  # only a difference beyond both is one

kPassword = "U*U"
# bcrypt of a low cost, so that a thousand of them are quick: a vector of crypt_blowfish.
kCheapHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
kCheapHashOfNothing = kCheapHash[:29] + "." * 31

kOffered = ["publickey", "password", "keyboard-interactive"]
kReasons = {"none": "refused", "publickey": "key refused", "password": "refused",
            "keyboard-interactive": "refused"}  # of each method itself, once it was tried


class NotRefused(Exception):
    """The server did something else than to try the method and to refuse."""


class Party:
    """A user, and the server that he asks."""

    def __init__(self, who, server, user):
        self.who, self.server, self.user = who, server, user

    def connect(self, paramiko):
        transport = paramiko.Transport(("127.0.0.1", self.server.port))
        transport.start_client(timeout=30)
        return transport

    def ask(self, paramiko, transport, method, key, password):
        """Seconds until each answer; fails unless the method was tried and refused."""
        begin, taken, questions = time.perf_counter(), {}, []

        def answer(*question):
            taken[kQuestion] = time.perf_counter() - begin
            questions.append(question)
            return [password]

        try:
            if method == "none":
                transport.auth_none(self.user)
            elif method == "publickey":
                transport.auth_publickey(self.user, key)
            elif method == "password":
                transport.auth_password(self.user, password, fallback=False)
            else:
                transport.auth_interactive(self.user, answer)
        except paramiko.BadAuthenticationType as error:
            taken[method] = time.perf_counter() - begin
            if method != "none" or error.allowed_types != kOffered:
                raise NotRefused(f"{self.who}: {method}: offered are {error.allowed_types}") from error
        except paramiko.AuthenticationException:
            taken[method] = time.perf_counter() - begin
        else:
            raise NotRefused(f"{self.who}: {method}: logged in")
        expected = [("", "", [("Password: ", False)])] if method == "keyboard-interactive" else []
        if questions != expected:
            raise NotRefused(f"{self.who}: {method}: questions {questions}")
        return taken

    def may_log_in(self, paramiko, method, key):
        transport = self.connect(paramiko)
        try:
            self.ask(paramiko, transport, method, key, kPassword)
            return False
        except NotRefused:
            return transport.is_authenticated()
        finally:
            transport.close()

    def refusals(self, method):
        """Why the log says that he was refused, and how often."""
        begin = f"login user '{self.user}' method {method}"
        return collections.Counter(line.rsplit(": refused (", 1)[-1].rstrip(")")
                                   for line in self.server.log.splitlines() if begin in line)


def take_turns(paramiko, parties, methods, rounds):
    """What each answer took, by its kind and who asked."""
    key = paramiko.ECDSAKey.generate()
    taken = collections.defaultdict(list)
    for number in rounds:
        # Nobody is always the first, or always behind the same one.
        order = random.Random(number).sample(parties, len(parties))
        transports = [party.connect(paramiko) for party in order]
        for method in methods:
            for party, transport in zip(order, transports):
                answers = party.ask(paramiko, transport, method, key, "wrong")
                for answer, seconds in answers.items():
                    taken[answer, party.who].append(seconds)
        for transport in transports:
            transport.close()
    return taken


def alike(medians):
    least, most = min(medians.values()), max(medians.values())
    return most - least <= kAbsolute or most - least <= kRelative * most


def compare(live, paramiko, parties, name, answers, rounds, lanes):
    """Refusals of every party; most of their time is waited, so several go on at once."""
    methods = [answer for answer in answers if answer in kMethods]
    before = {(party.who, method): party.refusals(method)
              for party in parties for method in methods}
    taken, done = collections.defaultdict(list), 0
    # A difference that the machine makes, as it has something else to do, goes away with more.
    for _ in range(kTries):
        with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
            parts = [pool.submit(take_turns, paramiko, parties, methods,
                                 range(done + lane, done + rounds, lanes)) for lane in range(lanes)]
            for part in parts:
                for asked, seconds in part.result().items():
                    taken[asked] += seconds
        done += rounds
        medians = {answer: {party.who: statistics.median(taken[answer, party.who])
                            for party in parties} for answer in answers}
        if all(map(alike, medians.values())):
            break
    for answer, by_party in medians.items():
        live.check(alike(by_party), f"{name}: {answer}: medians of {done} each in ms: " +
                   ", ".join(f"{who} {median * 1000:.2f}" for who, median in by_party.items()))
    for method in methods:
        tried = [party.refusals(method) - before[party.who, method] for party in parties]
        live.check(all(one == {kReasons[method]: done} for one in tried),
                   f"{name}: {method}: the log has as many refusals by it for each: "
                   f"{[dict(one) for one in tried]}")


def test(live):
    try:
        import paramiko
    except ImportError:
        harness.skip("paramiko is not installed")
    path = live.user_key("ecdsa-256")
    own_key = paramiko.ECDSAKey.from_private_key_file(str(path))
    public = open(f"{path}.pub").read().strip()
    key_files = {"existing": live.authorize(public, name="keys"),
                 "locked": live.authorize(f'expiry-time="20200101Z" {public}', name="expired_keys")}

    def hashed(password):
        return live.run(harness.ours("nacre-sftpd"), "--hash-password", input=password + "\n").out

    hashes = {"bcrypt": {"existing": kCheapHash, "locked": kCheapHashOfNothing},
              "argon2id": {"existing": hashed(kPassword), "locked": hashed(secrets.token_hex())}}

    def server(form, who):
        secret = live.home / f"{form}-{who}"
        secret.write_text(hashes[form][who].strip() + "\n")
        secret.chmod(0o600)
        return live.server("--user", harness.kUser, "--authorized-keys", key_files[who],
                           "--password-file", secret, "--max-startups", "off", "--log-level",
                           "debug", authorized=False)

    stranger = "x" * len(harness.kUser)
    for form, answers, rounds, lanes in (
            ("bcrypt", (*kMethods, kQuestion), kSamples // (2 * len(kMethods)), 4),
            ("argon2id", ("password", "keyboard-interactive"), kSlowSamples, 1)):
        with server(form, "existing") as usual, server(form, "locked") as other:
            parties = [Party("existing", usual, harness.kUser),
                       Party("unknown", usual, stranger),
                       Party("locked", other, harness.kUser),
                       Party("unknown next to the locked", other, stranger)]
            for party in parties:
                for method in kMethods[1:]:
                    right = party.who == "existing"
                    live.check(party.may_log_in(paramiko, method, own_key) == right,
                               f"{form}: {method}: {party.who}: what was right once gets "
                               f"{'in' if right else 'nobody in'}")
            compare(live, paramiko, parties, form, answers, rounds, lanes)


harness.main(test)
