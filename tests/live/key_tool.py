"""nacre-key: what it shows, converts, makes, signs and revokes, held against ssh-keygen, puttygen,
openssl and ssh-agent."""

import contextlib
import json
import os
import pathlib
import pty
import stat

import agent
import harness

kKeys = pathlib.Path(__file__).resolve().parent.parent / "keys"
kPass = "correct horse"
kPrivate = ("openssh", "pkcs8", "ppk", "ppk2", "jwk")
kPublic = ("public", "rfc4716", "pem-public", "jwk-public")
# Types that a format has no place for.
kNoSecurityKeys = ("pkcs8", "ppk", "ppk2", "jwk", "pem-public", "jwk-public")


class Tool:
    def __init__(self, live):
        self.live = live
        self.dir = live.dir / "key-tool"
        self.dir.mkdir()
        self.passphrase = self.file("passphrase", kPass + "\n")
        self.wrong = self.file("wrong", "wrong\n")
        self.number = 0

    def file(self, name, text, mode=0o600):
        path = self.dir / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def new(self, name="file"):
        self.number += 1
        return self.dir / f"{self.number}-{name}"

    def run(self, *words, **running):
        return self.live.run(harness.ours("nacre-key"), *words, **running)

    def ok(self, what, *words, **running):
        done = self.run(*words, **running)
        self.live.check_ok(done, what)
        return done

    def fails(self, what, words, *arguments, status=1, **running):
        self.live.check_fails(self.run(*arguments, **running), words, what, status)

    def json(self, what, *words, **running):
        done = self.run(*words, "--json", **running)
        try:
            return json.loads(done.bytes), done
        except ValueError:
            self.live.check(False, f"{what}: JSON", done)
            return [], done


def samples():
    """Files of tests/keys that hold keys, X.509 or OpenSSH certificates."""
    for path in sorted(kKeys.iterdir()):
        # Scripts, what cannot be read, and a file with a passphrase of its own.
        others = ("README.md", "fingerprints", "astral-passphrase.p12")
        if path.is_file() and path.name not in others and \
                not path.name.startswith(("generate", "unsupported-")):
            yield path


def line_of(live, path, target):
    """Type and base64 of a private key that another program reads."""
    if target == "openssh":
        return live.run("ssh-keygen", "-y", "-P", "", "-f", path)
    return live.run("puttygen", path, "-O", "public-openssh", "--old-passphrase", "/dev/null")


def every_sample(live, tool):
    """Each file is shown, and converted to each format that can hold its key."""
    for path in samples():
        name = path.name
        shown, done = tool.json(name, "show", path, "--passphrase-file", tool.passphrase)
        if not live.check(done.ok and shown and shown[0].get("keys"), f"{name} is shown", done):
            continue
        many = len(shown[0]["keys"]) > 1
        index = ("--index", "1") if many else ()
        public = tool.new("public")
        tool.ok(f"{name} to public", "convert", path, public, "--to", "public",
                "--passphrase-file", tool.passphrase, *index)
        line = public.read_text().split()[:2]
        found = live.run("ssh-keygen", "-l", "-f", public)
        facts = shown[0]["keys"][0]
        if facts["name"] != "ED448":
            bits, fingerprint = found.out.split()[:2]
            live.check([str(facts["bits"]), facts["fingerprints"]["sha256"]] == [bits, fingerprint],
                       f"{name}: bits and fingerprint are those of ssh-keygen", found)
        spki = None
        unfit = set(kNoSecurityKeys) if facts["name"].endswith("-SK") else set()
        if facts["name"] == "DSA":
            unfit |= {"jwk", "jwk-public"}
        for target in kPublic[1:]:
            if target in unfit:
                continue
            out = tool.new(target)
            tool.ok(f"{name} to {target}", "convert", path, out, "--to", target,
                    "--passphrase-file", tool.passphrase, *index)
            if target == "pem-public":
                spki = out.read_text()
                live.check_ok(live.run("openssl", "pkey", "-pubin", "-in", out, "-noout"),
                              f"openssl reads {target} of {name}")
            elif target == "rfc4716" and facts["name"] != "ED448":
                done = live.run("ssh-keygen", "-i", "-m", "RFC4716", "-f", out)
                live.check(done.out.split()[:2] == line, f"ssh-keygen reads {target} of {name}", done)
        if shown[0]["kind"] != "private_key":
            continue
        for target in kPrivate:
            if target in unfit:
                continue
            out = tool.new(target)
            tool.ok(f"{name} to {target}", "convert", path, out, "--to", target, "--no-passphrase",
                    "--passphrase-file", tool.passphrase, *index)
            again = tool.new("again")
            tool.ok(f"{name} to {target} and back", "convert", out, again, "--to", "public")
            live.check(again.read_text().split()[:2] == line, f"{target} of {name} is the same key")
            if target == "pkcs8":
                done = live.run("openssl", "pkey", "-in", out, "-pubout")
                live.check(done.out == spki, f"openssl reads {target} of {name}", done)
            elif target != "jwk" and not (target == "openssh" and facts["name"] == "ED448"):
                done = line_of(live, out, target)
                live.check(done.out.split()[:2] == line, f"{target} of {name}: others agree", done)


def secrets(live, tool):
    """Nothing that is shown has a part of the private key in it."""
    path = kKeys / "openssh-rsa"
    done = tool.ok("JWK of the RSA key", "convert", path, tool.dir / "rsa.jwk", "--to", "jwk",
                   "--no-passphrase")
    exponent = json.loads((tool.dir / "rsa.jwk").read_text())["d"]
    for options in ((), ("--json",)):
        done = tool.ok("show", "show", path, *options)
        live.check("PRIVATE" not in done.out and exponent[:20] not in done.out, "shows no secret", done)
    done = tool.ok("public JWK", "convert", path, "-", "--to", "jwk-public")
    live.check("d" not in json.loads(done.out), "public JWK has no private part")
    shown, _ = tool.json("encrypted", "show", kKeys / "openssh-ed25519-aes256-gcm")
    how = shown[0]["encryption"]
    live.check((how["cipher"], how["kdf"]) == ("aes256-gcm@openssh.com", "bcrypt") and how["cost"] > 0,
               "the encryption is shown without a passphrase")
    shown, done = tool.json("sealed", "show", kKeys / "pkcs8-ed25519-scrypt")
    live.check(done.ok and shown[0]["kind"] == "encrypted" and
               shown[0]["encryption"]["kdf"].lower() == "scrypt", "also where the key is sealed", done)


def writing(live, tool):
    """Passphrases, modes, files that are in the way."""
    source = kKeys / "openssh-ed25519"
    for target, cipher in (("openssh", "aes192-ctr"), ("pkcs8", None), ("ppk", None), ("ppk2", None)):
        out = tool.new(target)
        tool.ok(f"{target}, encrypted", "convert", source, out, "--to", target,
                "--new-passphrase-file", tool.passphrase,
                *(("--cipher", cipher, "--rounds", "3") if cipher else ()))
        live.check(stat.S_IMODE(out.stat().st_mode) == 0o600, f"{target} has mode 0600")
        shown, _ = tool.json(target, "show", out, "--passphrase-file", tool.passphrase)
        live.check(bool(shown[0]["encryption"]), f"{target} is encrypted")
        tool.fails(f"{target}: wrong passphrase", "passphrase", "check", out, "--passphrase-file",
                   tool.wrong)
        tool.ok(f"{target}: right passphrase", "check", out, "--passphrase-file", tool.passphrase)
        if target == "openssh":
            live.check(shown[0]["encryption"]["cipher"] == cipher and
                       shown[0]["encryption"]["cost"] == 3, "cipher and rounds as wanted")
            live.check_ok(live.run("ssh-keygen", "-y", "-P", kPass, "-f", out),
                          "ssh-keygen reads aes192-ctr")
        tool.fails(f"{target}: no terminal, no passphrase", "passphrase", "convert", out,
                   tool.new(), "--to", "pkcs8", "--no-passphrase")
    out = tool.file("there", "precious")
    link = tool.dir / "link"
    link.symlink_to("nowhere")
    for path in (out, link):
        tool.fails("an existing file is kept", "exists already", "convert", source, path, "--to",
                   "pkcs8", "--no-passphrase")
    live.check(out.read_text() == "precious", "and holds what it held")
    tool.ok("--force", "convert", source, out, "--to", "pkcs8", "--no-passphrase", "--force")
    live.check("PRIVATE KEY" in out.read_text(), "replaces it")
    tool.fails("a folder that is not there", "No such file", "convert", source,
               tool.dir / "none/key", "--to", "pkcs8", "--no-passphrase")
    if os.getuid() != 0:
        folder = tool.dir / "closed"
        folder.mkdir(mode=0o500)
        tool.fails("an unwritable folder", "denied", "convert", source, folder / "key", "--to",
                   "pkcs8", "--no-passphrase")
    else:
        tool.fails("an unwritable folder", ("denied", "not permitted", "read-only", "no such"),
                   "convert", source, "/proc/self/key", "--to", "pkcs8", "--no-passphrase")
    text = source.read_text()
    for size in (0, 10, 100, len(text) // 2, len(text) - 20):
        short = tool.file("short", text[:size])
        tool.fails(f"truncated to {size}", "nacre-key: ", "show", short)
    done = tool.ok("from standard input", "convert", "-", "-", "--to", "public",
                   input=source.read_text())
    live.check(done.out.startswith("ssh-ed25519 "), "to standard output", done)
    for words in (("convert", source), ("convert", source, tool.new(), "--to", "nothing"),
                  ("convert", source, tool.new()), ("show",), ("nothing",), ("show", "--nothing"),
                  ("convert", source, "-", "--to", "pkcs8", "--no-passphrase"),
                  ("convert", source, tool.new(), "--to", "jwk"), ("agent", "nothing")):
        tool.fails(f"wrong usage: {' '.join(map(str, words))}", "--help", *words, status=2)
    for command in ("show", "check", "convert", "generate", "sign-certificate", "revoke",
                    "fingerprint", "agent"):
        live.check("--help" in tool.ok(f"{command} --help", command, "--help").out, "tells of itself")
    live.check(tool.ok("--version", "--version").out.startswith("nacre-key "), "has a version")


def generated(live, tool):
    for words, keygen in (((), True), (("ecdsa-256",), True), (("ecdsa-384",), True),
                          (("ecdsa-521",), True), (("rsa", "--bits", "2048"), True),
                          (("ed448",), False), (("dss", "--insecure"), True)):
        out = tool.new("made")
        kind = words[0] if words else "default"
        tool.ok(f"generate {kind}", "generate", *words[:1], out, *words[1:], "--no-passphrase",
                "--comment", "me@home")
        half = pathlib.Path(f"{out}.pub").read_text()
        live.check(half.endswith(" me@home\n") and stat.S_IMODE(out.stat().st_mode) == 0o600,
                   "comment and mode")
        if keygen:
            done = live.run("ssh-keygen", "-y", "-P", "", "-f", out)
            live.check(done.out.split()[:2] == half.split()[:2], f"ssh-keygen reads {kind}", done)
        if kind == "dss":
            tool.fails("check of dss", "weak", "check", out)
        else:
            tool.ok(f"check of {kind}", "check", out)
    tool.fails("dss without --insecure", "weak", "generate", "dss", tool.new(), "--no-passphrase",
               status=2)
    tool.fails("an existing file", "exists already", "generate", out, "--no-passphrase")
    rsa = kKeys / "openssh-rsa.pub"
    tool.fails("--min-rsa-bits", "bits", "check", rsa, "--min-rsa-bits", "8192")
    open_key = tool.file("open", (kKeys / "openssh-ed25519").read_text(), 0o644)
    tool.fails("a key that others may read", "others", "check", open_key)
    other = tool.file("other", (kKeys / "openssh-ed25519").read_text())
    tool.file("other.pub", (kKeys / "openssh-rsa.pub").read_text())
    tool.fails("another key's .pub", "public half", "check", other)
    found, _ = tool.json("check", "check", other)
    live.check(found[0]["ok"] is False and len(found[0]["faults"]) == 1, "check --json")


def shown_as_keygen(live, tool, path):
    theirs = live.run("ssh-keygen", "-L", "-f", path)
    ours = tool.ok(f"show {path.name}", "show", path)
    live.check([line.rstrip() for line in ours.out.splitlines()[1:]] ==
               [line.rstrip() for line in theirs.out.splitlines()[1:]],
               f"{path.name} is shown as by ssh-keygen -L", ours) or print(theirs.report())


def certificates(live, tool):
    for path in sorted((kKeys / "certificates").glob("*-cert.pub")):
        shown_as_keygen(live, tool, path)
    user = live.key("subject")
    for kind in ("ed25519", "ecdsa-256", "rsa-3072"):
        ca = live.key(f"ca-{kind}", kind)
        out = tool.new("cert.pub")
        tool.ok(f"sign with {kind}", "sign-certificate", "--ca", ca, "--id", "an id", "--principals",
                "joe,root", "--valid", "-1d:+52w", "--serial", "5", "--option",
                "force-command=echo a", "--option", "source-address=192.0.2.0/24", f"{user}.pub", out)
        shown_as_keygen(live, tool, out)
        tool.ok("check it", "check", out, "--ca", f"{ca}.pub", "--principal", "joe")
        tool.fails("another principal", "principal", "check", out, "--principal", "jim")
        tool.fails("another authority", "authority", "check", out, "--ca", f"{user}.pub")
        tool.fails("too late", "expired", "check", out, "--at", "+53w")
        tool.fails("too early", "not valid yet", "check", out, "--at", "-2d")
        plain = tool.new("plain-cert.pub")
        tool.ok("sign without options", "sign-certificate", "--ca", ca, "--id", "id", "--principals",
                "joe", f"{user}.pub", plain)
        shown_as_keygen(live, tool, plain)
        # Theirs with the same fields.
        copy = tool.file(f"theirs-{kind}.pub", pathlib.Path(f"{user}.pub").read_text())
        live.check_ok(live.run("ssh-keygen", "-q", "-s", ca, "-I", "id", "-n", "joe", copy),
                      "ssh-keygen signs")
        theirs = tool.dir / f"theirs-{kind}-cert.pub"
        one, two = (tool.ok("show", "show", path).out.splitlines()[1:] for path in (plain, theirs))
        live.check(one == two, f"ssh-keygen -s with {kind} says the same")
    host = tool.new("host-cert.pub")
    tool.ok("a host's", "sign-certificate", "--ca", ca, "--id", "h", "--host", "--principals",
            "*.example.org", f"{user}.pub", host)
    shown_as_keygen(live, tool, host)
    tool.ok("check a host's", "check", host, "--principal", "a.example.org")
    tool.fails("another host", "does not name the host", "check", host, "--principal", "a.example.com")
    damaged = host.read_text().split()
    damaged[1] = damaged[1][:-8] + ("AAAA" if damaged[1][-8:-4] != "AAAA" else "BBBB") + damaged[1][-4:]
    tool.fails("a wrong signature", "signature", "check", tool.file("bad-cert.pub",
                                                                      " ".join(damaged) + "\n"))
    with agent.openssh_agent(live, "ca-agent") as env:
        authority = live.key("ca-ed25519")
        live.check_ok(agent.add(live, env, authority), "ssh-add of the authority")
        out = tool.new("cert.pub")
        tool.ok("sign in the agent", "sign-certificate", "--ca", f"{authority}.pub", "--agent",
                "--id", "a", "--principals", "b", f"{user}.pub", out, env=env)
        tool.ok("check it", "check", out, "--ca", f"{authority}.pub")


def revoked(live, tool):
    ca, user, other = live.key("ca-ed25519"), live.key("subject"), live.key("other")
    cert = tool.new("cert.pub")
    tool.ok("sign", "sign-certificate", "--ca", ca, "--id", "gone", "--principals", "a", "--serial",
            "9", f"{user}.pub", cert)

    def keygen_says(krl, path):
        return live.run("ssh-keygen", "-Q", "-f", krl, path)

    for what, words in (("a key", (f"{user}.pub",)), ("a digest", ("--sha256", f"{user}.pub")),
                        ("a certificate", (cert,)), ("a serial", ("--ca", f"{ca}.pub", "--serial", "9")),
                        ("a range", ("--ca", f"{ca}.pub", "--serial", "5-20")),
                        ("an id", ("--ca", f"{ca}.pub", "--key-id", "gone"))):
        krl = tool.new("krl")
        tool.ok(f"revoke {what}", "revoke", krl, *words)
        theirs = keygen_says(krl, cert)
        live.check("REVOKED" in theirs.text, f"ssh-keygen -Q: {what}", theirs)
        tool.fails(f"check: {what}", "revoked: " + live.fingerprint(user), "check", cert, "--krl",
                   krl)
        theirs = keygen_says(krl, f"{other}.pub")
        live.check(theirs.ok, f"ssh-keygen -Q: not another key by {what}", theirs)
        tool.ok("check of another key", "check", f"{other}.pub", "--krl", krl)
        shown, _ = tool.json("show", "show", krl)
        live.check(shown[0]["kind"] == "krl" and shown[0]["version"] == 1, "show --json of it")
        tool.ok("check of the list", "check", krl)
        for path, answer in ((cert, True), (f"{other}.pub", False)):
            said, done = tool.json("check --json", "check", path, "--krl", krl)
            live.check(said and bool(said[0].get("revoked")) is answer, f"revoked: {answer}", done)
    short = tool.new("krl")
    short.write_bytes(krl.read_bytes()[:-1])
    tool.fails("check of a damaged list", "damaged", "check", short)
    tool.fails("an existing list", "exists already", "revoke", krl, f"{other}.pub")
    tool.ok("--update", "revoke", krl, "--update", f"{other}.pub")
    live.check("REVOKED" in keygen_says(krl, f"{other}.pub").text, "ssh-keygen -Q: the new key")
    live.check("REVOKED" in keygen_says(krl, cert).text, "ssh-keygen -Q: the old certificate")
    live.check("version 2" in tool.ok("show", "show", krl).out, "its version counts up")
    theirs = tool.dir / "their-krl"
    live.check_ok(live.run("ssh-keygen", "-q", "-k", "-f", theirs, f"{user}.pub"), "ssh-keygen -k")
    tool.fails("ssh-keygen's list", "revoked", "check", f"{user}.pub", "--krl", theirs)
    tool.ok("show of ssh-keygen's list", "show", theirs)
    text = tool.file("list", (kKeys / "openssh-rsa.pub").read_text())
    tool.fails("a list of lines is not updated", "binary", "revoke", text, "--update", f"{user}.pub")
    tool.fails("no serial", "--help", "revoke", tool.new(), "--serial", "0", status=2)


def typed(live, tool):
    """Passphrases at a terminal: not shown, asked for twice when new."""

    def at_terminal(answers, *words):
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(tool.dir)
            os.execv(harness.ours("nacre-key"), ["nacre-key", *map(str, words)])
        seen = b""
        with contextlib.suppress(OSError):  # the terminal's end
            for answer in answers:
                while not seen.endswith(b": "):
                    seen += os.read(terminal, 1000)
                os.write(terminal, answer.encode() + b"\n")
                seen += os.read(terminal, 1000)
            while block := os.read(terminal, 1000):
                seen += block
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()

    source, out = kKeys / "openssh-ed25519", tool.new("typed")
    status, seen = at_terminal((kPass, kPass), "convert", source, out, "--to", "openssh")
    live.check(status == 0 and kPass not in seen and "New passphrase" in seen, "typed twice, not shown")
    live.check_ok(live.run("ssh-keygen", "-y", "-P", kPass, "-f", out), "ssh-keygen takes it")
    status, seen = at_terminal((kPass,), "check", out)
    live.check(status == 0 and kPass not in seen, "asked for once")
    status, seen = at_terminal(("wrong",), "check", out)
    live.check(status == 1 and "wrong passphrase" in seen, "a wrong one is refused")
    status, seen = at_terminal(("one", "two"), "convert", source, tool.new(), "--to", "openssh")
    live.check(status == 1 and "differ" in seen, "two that differ are refused")
    clear = tool.new("clear")
    status, _ = at_terminal(("", ""), "convert", source, clear, "--to", "openssh")
    live.check(status == 0 and live.run("ssh-keygen", "-y", "-P", "", "-f", clear).ok,
               "an empty one: in clear")


def lists_and_fingerprints(live, tool):
    key = kKeys / "openssh-ed25519.pub"
    line = key.read_text().strip()
    authorized = tool.file("authorized_keys", f"# comment\nrestrict,command=\"a b\" {line}\n{line}\n")
    shown, done = tool.json("authorized_keys", "show", authorized)
    live.check(shown[0]["kind"] == "authorized_keys" and
               [entry["line"] for entry in shown[0]["keys"]] == [2, 3] and
               shown[0]["keys"][0]["options"] == 'restrict,command="a b"', "authorized_keys", done)
    hosts = tool.file("known_hosts", f"a,b {line}\n@revoked * {line}\n")
    shown, done = tool.json("known_hosts", "show", hosts)
    live.check(shown[0]["kind"] == "known_hosts" and shown[0]["keys"][1]["marker"] == "@revoked",
               "known_hosts", done)
    for option, form in ((None, "sha256"), ("--md5", "md5"), ("--sha1", "sha1")):
        done = tool.ok(f"fingerprint {form}", "fingerprint", key, *([option] if option else []))
        theirs = live.run("ssh-keygen", "-l", "-E", form, "-f", key)
        live.check(theirs.out.split()[1] in done.out.split(), f"{form} is that of ssh-keygen", done)
    live.check(tool.run("fingerprint", key).out == live.run("ssh-keygen", "-l", "-f", key).out,
               "fingerprint prints what ssh-keygen -l prints")
    ca, cert, krl = live.key("authority"), tool.new("cert.pub"), tool.new("krl")
    tool.ok("sign", "sign-certificate", "--ca", ca, "--id", "x", "--principals", "a", key, cert)
    tool.ok("revoke", "revoke", krl, key, cert)
    for option, form in (("--md5", "md5"), ("--sha1", "sha1")):
        theirs = [live.run("ssh-keygen", "-l", "-E", form, "-f", path).out.split()[1]
                  for path in (key, f"{ca}.pub")]
        for shown in (cert, krl):
            done = tool.ok(f"show {option}", "show", option, shown)
            live.check(all(text in done.out for text in theirs), f"... has {form} of both", done)
    done = tool.ok("show --hex", "show", "--hex", cert)
    live.check(live.fingerprint(kKeys / "openssh-ed25519") not in done.out and "SHA256:" in done.out, "... and no base64",
               done)
    found, done = tool.json("fingerprint", "fingerprint", key)
    live.check(found[0]["keys"][0]["bits"] == 256, "fingerprint --json", done)


def every_key_of_a_file(live, tool):
    """No key of a file is passed over, and no part of it."""
    first, second = live.key("subject"), live.key("other")
    lines = [pathlib.Path(f"{key}.pub").read_text() for key in (first, second)]
    two = tool.file("two.pub", "".join(lines))
    for form, text in (("lines", "".join(lines)), ("a mark", "\ufeff" + "".join(lines)),
                       ("CR", "".join(lines).replace("\n", "\r"))):
        krl = tool.new("krl")
        tool.ok(f"revoke of two keys, {form}", "revoke", krl, tool.file("these.pub", text))
        for key in (first, second):
            theirs = live.run("ssh-keygen", "-Q", "-f", krl, f"{key}.pub")
            live.check("REVOKED" in theirs.text, f"both are revoked, {form}", theirs)
    for form in ("rfc4716", "pem-public"):
        parts = []
        for key in (first, second):
            out = tool.new()
            tool.ok(form, "convert", f"{key}.pub", out, "--to", form)
            parts.append(out.read_text())
        for behind in (parts[1], lines[1]):
            both = tool.file("both", parts[0] + behind)
            for words in (("revoke", tool.new("krl")), ("check",), ("fingerprint",), ("show",)):
                tool.fails(f"{words[0]}: two of {form}", "more than one key", *words, both)
    krl = tool.new("krl")
    tool.ok("revoke", "revoke", krl, f"{second}.pub")
    tool.fails("check of the second key", "revoked", "check", two, "--krl", krl)
    done = tool.ok("fingerprint of two", "fingerprint", two)
    live.check(done.out == live.run("ssh-keygen", "-l", "-f", two).out, "as ssh-keygen -l", done)
    options = tool.file("ak", lines[0] + "no-pty " + lines[1])
    shown, done = tool.json("show of authorized_keys", "show", options)
    live.check(shown[0]["kind"] == "authorized_keys" and len(shown[0]["keys"]) == 2,
               "all of it is shown", done)
    tool.fails("check --ca of two", "more than one key", "check", "--ca", two, f"{first}.pub")
    tool.fails("revoke --ca of two", "more than one key", "revoke", tool.new(), "--ca", two,
               "--serial", "1")
    tool.fails("a certificate for two", "more than one key", "sign-certificate", "--ca", first,
               "--id", "x", "--principals", "a", two, tool.new())
    tool.fails("a plain key of an authority", "no certificate", "check", "--ca", f"{second}.pub",
               f"{first}.pub")


def beside_frames(live, tool):
    """A key on a line beside a frame is told of, whatever else is on the line."""
    first, second = live.key("subject"), live.key("other")
    line = pathlib.Path(f"{second}.pub").read_text().strip()
    frame = tool.new("pem")
    tool.ok("to pem-public", "convert", f"{first}.pub", frame, "--to", "pem-public")
    for before in ("no-pty ", 'command="a b" ', "host.example ", "@revoked * ", "nonsense "):
        both = tool.file("both", frame.read_text() + before + line + "\n")
        for words in (("revoke", tool.new("krl")), ("check",), ("fingerprint",), ("show",)):
            tool.fails(f"{words[0]}: {before}", "more than one key", *words, both)
    tool.fails("fingerprint: a line in front", "more than one key", "fingerprint",
               tool.file("both", f"{line}\n{frame.read_text()}"))
    tool.ok("a comment behind", "check", tool.file("both", f"{frame.read_text()}\n# {line}\n"))
    clear = tool.new("clear")
    tool.ok("to pkcs8", "convert", first, clear, "--to", "pkcs8", "--no-passphrase")
    both = tool.file("both", clear.read_text() + frame.read_text())
    for command in ("show", "check"):
        tool.fails(f"{command}: a key and its public half", "PRIVATE KEY and PUBLIC KEY", command,
                   both)


def x509(live, tool):
    chain = kKeys / "x509" / "user-ecdsa256.pem"
    shown, done = tool.json("an X.509 chain", "show", chain)
    if not live.check(len(shown[0]["x509_certificates"]) == 2, "both certificates", done):
        return
    first = shown[0]["x509_certificates"][0]
    theirs = live.run("openssl", "x509", "-in", chain, "-noout", "-serial", "-dates", "-dateopt",
                      "iso_8601")
    values = [line.split("=", 1)[1] for line in theirs.out.splitlines()]
    live.check([first["serial"], *(first[end].replace("T", " ")
                                   for end in ("not_before", "not_after"))] == values,
               "serial number and validity are those of openssl", theirs)
    live.check(first["subject"] == 'O="Nacre",CN="alice"' and
               first["issuer"] == 'O="Nacre",CN="authority"' and
               first["purposes"] == ["secureShellClient"], "subject, issuer and purposes", done)
    text = tool.ok("show", "show", chain).out
    live.check(all(part in text for part in (
        'Subject: O="Nacre",CN="alice"', 'Issuer: O="Nacre",CN="authority"', first["not_after"],
        f"Serial: {first['serial']}", "Purposes: secureShellClient", "Purposes: any")), "... as text")


def jwk_comments(live, tool):
    key = kKeys / "openssh-ed25519"
    for target, options in (("jwk-public", ()),
                            ("jwk", ("--no-passphrase", "--passphrase-file", tool.passphrase))):
        for comment, fits in (("me@home", True), ("a\tb", False), ('"quoted"', False), ("\u00e4", False)):
            done = tool.ok(f"{target} with {comment!r}", "convert", key, tool.new(), "--to", target,
                           "--comment", comment, *options)
            live.check(("comment" in done.err) != fits, "... says what is left out", done)


def kept(live, tool):
    """What commands replace stays where it is, and what they refuse stays as it is."""
    user, other = live.key("subject"), live.key("other")
    real, link = tool.new("krl"), tool.new("link")
    tool.ok("revoke", "revoke", real, f"{user}.pub")
    real.chmod(0o640)
    link.symlink_to(real)
    tool.ok("--update behind a link", "revoke", link, "--update", f"{other}.pub")
    live.check(link.is_symlink() and stat.S_IMODE(real.stat().st_mode) == 0o640,
               "the link and the mode stay")
    live.check("REVOKED" in live.run("ssh-keygen", "-Q", "-f", real, f"{other}.pub").text,
               "the list behind the link is new")
    last = tool.new("krl")
    tool.ok("the last version", "revoke", last, "--list-version", str(2**64 - 1), f"{user}.pub")
    tool.fails("--update of it", "last version", "revoke", last, "--update", f"{other}.pub")
    tool.fails("--ca alone", "--serial", "revoke", tool.new(), "--ca", "/nonexistent",
               f"{user}.pub", status=2)
    out = tool.file("kept", "old")
    pathlib.Path(f"{out}.pub").mkdir()
    tool.fails("OUT.pub is a folder", "folder", "generate", "--force", "--no-passphrase", out)
    live.check(out.read_text() == "old", "the old file stays")
    tool.fails("a type as OUT", "type", "generate", "rsa", "--no-passphrase", status=2,
               cwd=tool.dir)
    tool.fails("an empty --id", "empty", "sign-certificate", "--ca", user, "--id", "",
               "--principals", "a", f"{other}.pub", tool.new(), status=2)
    full = live.run("sh", "-c", '"$0" show --json "$@" > /dev/full',
                    harness.ours("nacre-key"), *[f"{user}.pub"] * 60)
    live.check_fails(full, "cannot write", "a full device", 1)


def options_of_certificates(live, tool):
    """What ssh-keygen signs and no server takes is told; the same cannot be signed here."""
    authority, user = live.key("authority"), live.key("subject")
    for what, fault, words in (
            ("an unknown critical option", "unknown critical option",
             ("-O", "critical:foo@bar.example=baz")),
            ("a critical permit-pty", "unknown critical option", ("-O", "critical:permit-pty")),
            ("force-command without a command", "damaged option",
             ("-O", "critical:force-command"))):
        subject = tool.file("signed.pub", pathlib.Path(f"{user}.pub").read_text())
        done = live.run("ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", "joe", *words, subject)
        live.check_ok(done, f"ssh-keygen signs {what}")
        tool.fails(f"check of {what}", fault, "check", str(subject).replace(".pub", "-cert.pub"))
    for words in (("--option", "force-comand=ls"), ("--option", "source-address=garbage"),
                  ("--host", "--option", "verify-required"), ("--extension", "permit-pty=yes")):
        tool.fails(f"sign-certificate {' '.join(words)}", "", "sign-certificate", "--ca", authority,
                   "--id", "x", "--principals", "joe", *words, f"{user}.pub", tool.new(), status=2)
    tool.fails("two on standard input", "standard input", "convert", "-", tool.new(), "--to",
               "openssh", "--passphrase-file", "-", status=2)
    tool.fails("convert to public with a passphrase", "no --rounds", "convert", f"{user}.pub",
               tool.new(), "--to", "public", "--rounds", "9", status=2)
    out = tool.new("help")
    tool.ok("-h as a value", "generate", "--no-passphrase", "--comment", "-h", out)
    live.check(pathlib.Path(f"{out}.pub").read_text().endswith(" -h\n"), "... is a value")


def agents(live, tool):
    with agent.openssh_agent(live, "tool-agent") as env:
        key = live.key("subject")
        tool.ok("agent add", "agent", "add", key, env=env)
        theirs = live.run("ssh-add", "-l", env=env)
        live.check(live.fingerprint(key) in theirs.out, "ssh-add -l has the key", theirs)
        listed, done = tool.json("agent list", "agent", "list", env=env)
        live.check(listed["keys"][0]["fingerprints"]["sha256"] == live.fingerprint(key) and
                   tool.run("agent", "list", env=env).out == theirs.out, "agent list", done)
        tool.ok("agent remove", "agent", "remove", f"{key}.pub", env=env)
        live.check(not live.run("ssh-add", "-l", env=env).ok, "the key is gone")
        tool.ok("agent add with a lifetime", "agent", "add", "--lifetime", "1000", key, env=env)
        tool.ok("agent remove --all", "agent", "remove", "--all", env=env)
        other = live.key("other")
        certificate = tool.new("user-cert.pub")
        tool.ok("a certificate", "sign-certificate", "--ca", live.key("authority"), "--id", "x",
                "--principals", "joe", f"{other}.pub", certificate)
        tool.fails("somebody else's certificate", "not a certificate of the key", "agent", "add",
                   "--certificate", certificate, key, env=env)
        listed, done = tool.json("agent list", "agent", "list", env=env)
        live.check(listed["keys"] == [], "... leaves no key in the agent", done)
        open_key = tool.file("open", pathlib.Path(key).read_text(), 0o644)
        tool.fails("a key that others may read", "read by group or others", "agent", "add",
                   open_key, env=env)
        tool.fails("agent list --lifetime", "is for agent add", "agent", "list", "--lifetime",
                   "5", status=2, env=env)
        live.check(not live.run("ssh-add", "-l", env=env).ok, "all keys are gone")
    tool.fails("no agent", "SSH_AUTH_SOCK", "agent", "list")


def test(live):
    for program in ("ssh-keygen", "puttygen", "openssl", "ssh-agent", "ssh-add"):
        harness.need(program)
    tool = Tool(live)
    for part in (secrets, writing, generated, certificates, revoked, typed, lists_and_fingerprints,
                 every_key_of_a_file, beside_frames, x509, jwk_comments, kept,
                 options_of_certificates, agents, every_sample):
        part(live, tool)


harness.main(test)
