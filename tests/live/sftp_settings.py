"""The settings of SFTP that nacre-sftpd has, each by what a client notices of it."""

import contextlib
import os
import pwd
import re
import signal
import socket
import stat
import struct

import harness
import raw_sftp
from raw_sftp import string

kMebibyte = 1 << 20


@contextlib.contextmanager
def session(live, server, version=3, user=harness.kUser):
    raw = raw_sftp.RawSftp(
        [harness.need("ssh"), *live.ssh_options(), "-p", server.port, f"{user}@127.0.0.1",
         "-s", "sftp"], version, env=live.environment(), cwd=live.local, start_new_session=True)
    try:
        yield raw
    finally:
        harness.kill_group(raw.process)
        raw.process.wait()
        raw.process.stdin.close()
        raw.process.stdout.close()


def status(call, *arguments):
    """The status that a request is answered with."""
    try:
        call(*arguments)
    except raw_sftp.Status as answer:
        return answer.code
    return raw_sftp.kOk


def identity(live):
    with live.server("--software-version", "Example_1.0",
                     "--version-comment", "FlowSsh compatible") as server:
        with socket.create_connection(("127.0.0.1", server.port), 20) as peer:
            line = peer.makefile("rb").readline()
        live.check(line == b"SSH-2.0-Example_1.0 FlowSsh compatible\r\n",
                   f"--software-version and --version-comment ({line})")


def protocol(live):
    (live.tree / "anna").mkdir()
    for number in range(10):
        (live.tree / "anna" / f"file{number}").touch()
    with live.server("--sftp-version", "5", "--newline", "crlf", "--listing-entries", "3",
                     "--iso-dates", "--omit-extension", "statvfs@openssh.com", "--omit-extension",
                     "check-file", "--home", "/anna", "--umask", "027", "--allow-modes", "1770",
                     "--numeric-ids") as server:
        for asked, answered in ((3, 3), (4, 4), (5, 5), (6, 5)):
            with session(live, server, asked) as raw:
                live.check(raw.version == answered, f"--sftp-version 5: {asked} gets {raw.version}")
                if answered > 3:
                    live.check(raw.extensions.get("newline") == b"\r\n", "--newline crlf")
        with session(live, server) as raw:
            live.check("statvfs@openssh.com" not in raw.extensions and
                       "fsync@openssh.com" in raw.extensions and
                       not any("check-file" in name for name in raw.extensions),
                       f"--omit-extension: not announced {sorted(raw.extensions)}")
            live.check(status(raw.extended, "statvfs@openssh.com", string("/")) ==
                       raw_sftp.kUnsupported, "--omit-extension: not served")
            live.check(raw.realpath(".") == "/anna", f"--home {raw.realpath('.')}")
            replies = raw.replies("/anna")
            entries = {name: line for reply in replies for name, line in reply}
            live.check(len(entries) == 12 and max(map(len, replies)) == 3,
                       f"--listing-entries 3 {[len(reply) for reply in replies]}")
            line = entries["file0"]
            live.check(re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d file0$", line),
                       f"--iso-dates: {line}")
            live.check(re.search(rf" {os.getuid()} +{os.getgid()} ", line) and
                       harness.kUser not in line, f"--numeric-ids: {line}")
            made = live.tree / "anna/made"
            raw.close_handle(raw.open("made", raw_sftp.kWrite | raw_sftp.kCreate,
                                      raw_sftp.mode(0o666)))
            live.check(stat.S_IMODE(made.stat().st_mode) == 0o640, "--umask: a file")
            raw.path(14, "folder", raw_sftp.mode(0o777))
            live.check(stat.S_IMODE((live.tree / "anna/folder").stat().st_mode) == 0o750,
                       "--umask: a folder")
            raw.path(9, "made", raw_sftp.mode(0o7777))
            live.check(stat.S_IMODE(made.stat().st_mode) == 0o1770, "--allow-modes")
    with live.server() as server, session(live, server) as raw:
        line = dict(raw.replies("/anna")[0])["file0"]
        live.check(re.search(r" [A-Z][a-z]{2} [ \d]\d \d\d:\d\d file0$", line) and
                   harness.kUser in line, f"dates and owners as in ls: {line}")


def homes(live):
    home = pwd.getpwuid(0).pw_dir.encode()
    for options in ([], ["--allow-other-homes"]):
        # Not root, whose own home is told.
        with live.server("--user", "somebody", *options, root="/") as server, \
                session(live, server, user="somebody") as raw:
            try:
                found = raw.extended("expand-path@openssh.com", string("~root"))
                live.check(options and string(home) in found, "--allow-other-homes")
            except raw_sftp.Status as answer:
                live.check(not options and answer.code == raw_sftp.kNoSuchFile,
                           f"the homes of others are not told {options} ({answer})")


def uploads(live):
    flags = raw_sftp.kWrite | raw_sftp.kCreate | raw_sftp.kTruncate
    for mode in ("on", "sync"):
        with live.server("--atomic-upload", mode) as server:
            with session(live, server) as raw, session(live, server) as other:
                handle = raw.open("/new", flags, raw_sftp.mode(0o640))
                raw.write(handle, 0, b"content")
                live.check(os.listdir(live.tree) == [] and sorted(other.names("/")) == [".", ".."],
                           f"--atomic-upload {mode}: no name until CLOSE")
                raw.close_handle(handle)
                new = live.tree / "new"
                live.check(new.read_bytes() == b"content" and
                           stat.S_IMODE(new.stat().st_mode) == 0o640, "CLOSE gives the name")
                new.chmod(0o604)
                handle = raw.open("/new", flags)
                raw.write(handle, 0, b"other")
                live.check(new.read_bytes() == b"content", "what is replaced stays until CLOSE")
                raw.close_handle(handle)
                live.check(new.read_bytes() == b"other" and
                           stat.S_IMODE(new.stat().st_mode) == 0o604, "CLOSE replaces it")
                for path in ("/new", "/killed"):
                    raw.write(raw.open(path, flags), 0, b"half")
                os.killpg(raw.process.pid, signal.SIGKILL)
            live.check(server.logged("connection 1:", "closed"), "the server noticed the kill")
            live.check(os.listdir(live.tree) == ["new"] and new.read_bytes() == b"other",
                       f"kill -9 of the client leaves nothing {os.listdir(live.tree)}")
            new.unlink()
    with live.server("--atomic-upload", "on", "--keep-partial") as server:
        with session(live, server) as raw:
            raw.write(raw.open("/killed", flags), 0, b"half")
        kept = harness.wait_until(lambda: [path.name for path in live.tree.iterdir()], 5) and \
            os.listdir(live.tree)
        live.check(kept and len(kept) == 1 and re.fullmatch(r"killed\.partial-[0-9a-f]{8}", kept[0])
                   and (live.tree / kept[0]).read_bytes() == b"half", f"--keep-partial {kept}")


def places(live):
    archive = live.dir / "archive"
    archive.mkdir()
    (archive / "old").write_text("old")
    (live.tree / "anna/tmp").mkdir(parents=True)
    (live.tree / "other").mkdir()
    flags = raw_sftp.kWrite | raw_sftp.kCreate | raw_sftp.kTruncate
    with live.server("--confine", "/anna", "--temp-folder", "/anna/tmp", "--quota", "1M") as server:
        with session(live, server) as raw:
            live.check(raw.realpath(".") == "/anna", "--confine: where users begin")
            live.check([n for n in raw.names("/") if n not in (".", "..")] == ["anna"] and
                       status(raw.stat, "/other") == raw_sftp.kNoSuchFile,
                       "--confine: nothing else is there")
            folder = raw.make_temporary_folder()
            live.check(folder.startswith("/anna/tmp/") and
                       (live.tree / folder[1:]).is_dir(), f"--temp-folder: {folder}")
            words = struct.unpack(">11Q", raw.extended("statvfs@openssh.com", string("/anna")))
            live.check(words[1] * words[2] == kMebibyte, f"--quota: statvfs shows it {words[:5]}")
            handle = raw.open("full", flags)
            for at in range(0, kMebibyte, 1 << 15):
                raw.write(handle, at, bytes(1 << 15))
            live.check(status(raw.write, handle, kMebibyte, b"x") == raw_sftp.kFailure,
                       "--quota: no byte more")
            raw.close_handle(handle)
            live.check((live.tree / "anna/full").stat().st_size == kMebibyte,
                       "--quota: to the limit")
            raw.path(13, "full")
            raw.write_all("full", b"again")
            live.check(True, "--quota: what is removed is given back")
    with live.server("--mount", f"/shared/archive={archive}") as server, \
            session(live, server) as raw:
        live.check({"anna", "other", "shared"} <= set(raw.names("/")) and
                   raw.read_all("/shared/archive/old") == b"old", "--mount")
        live.check(raw.realpath("/shared/archive/../../anna") == "/anna", "--mount: realpath")
        raw.write_all("/shared/archive/new", b"new")
        live.check((archive / "new").read_bytes() == b"new", "--mount: writing")
        live.check(status(raw.rename, "/shared/archive/new", "/anna/new") == raw_sftp.kFailure and
                   (archive / "new").exists(), "--mount: no rename into another")
    with live.server("--charset", "ISO-8859-1") as server, session(live, server) as raw:
        raw.write_all("/\u00e4", b"umlaut")
        live.check(b"\xe4" in os.listdir(bytes(live.tree)), "--charset: names on disk")
        live.check("\u00e4" in raw.names("/"), "--charset: names in listings")
    for options in (["--charset", "no-such"], ["--mount", "/a=/nonexistent"],
                    ["--mount", "/a=/", "--mount", "/a/=/"]):
        done = live.run(harness.ours("nacre-sftpd"), "--listen", "127.0.0.1:0", "--root", live.tree,
                        *options, timeout=20)
        live.check(done.status not in (0, None) and len(done.err.strip().splitlines()) == 1,
                   f"refused at start: {' '.join(options)}", done)


def test(live):
    harness.need("ssh")
    identity(live)
    uploads(live)
    protocol(live)
    homes(live)
    places(live)


harness.main(test)
