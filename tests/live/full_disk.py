"""A full disk, a quota, a limit on the size of files and errors of the disk: an upload fails with
the reason, the session goes on, and with room again the same upload works."""

import resource

import harness
import raw_sftp
from our_client import client

kRoom = 6 * 1024 * 1024
kLarge = 10 * 1024 * 1024  # does not fit
kSmall = 100_000
kVersion6 = {"no space": 14, "quota": 15}
kNoAttrs6 = raw_sftp.u32(0) + bytes([1])
kOpenOrCreate = 3


def raw(live, server, version=3):
    return raw_sftp.RawSftp([harness.need("ssh"), *live.ssh_options(), "-p", server.port, "-s",
                             f"{harness.kUser}@127.0.0.1", "sftp"], version, env=live.environment())


def opened(session, name):
    if session.version < 5:
        return session.open(name, raw_sftp.kWrite | raw_sftp.kCreate)
    body = raw_sftp.string(name) + raw_sftp.u32(2) + raw_sftp.u32(kOpenOrCreate) + kNoAttrs6
    return session._string_of(session.request(3, body)[1])[0]


def fill(session, handle):
    """Writes until that fails: the status, and how many bytes were acknowledged."""
    for at in range(0, kLarge, 32768):
        try:
            session.write(handle, at, bytes(32768))
        except raw_sftp.Status as status:
            return status, at
    return None, kLarge


def statuses(live, server, tree, name, words, code6):
    for version, expected in ((3, raw_sftp.kFailure), (6, code6)):
        session = raw(live, server, version)
        handle = opened(session, "full")
        status, acknowledged = fill(session, handle)
        live.check(status is not None and status.code == expected and
                   any(word in status.text.lower() for word in words),
                   f"{name}, version {version}: {status}")
        live.check((tree / "full").stat().st_size >= acknowledged > 0,
                   f"{name}, version {version}: what was acknowledged is there")
        session.close_handle(handle)
        session.request(13, raw_sftp.string("full"))
        session.realpath("/")
        handle = opened(session, "small")
        session.write(handle, 0, bytes(1000))
        session.close_handle(handle)
        session.request(13, raw_sftp.string("small"))
        live.check(session.close() == 0, f"{name}, version {version}: the session goes on")


def clients(live, server, tree, name, words):
    done = live.sftp(server, "-put large", "ls -l large", "rm large", "put small", "get small back")
    # Of a status it shows the code of version 3 alone.
    live.check(done.ok and "failure" in done.text.lower(), f"{name}: OpenSSH's put fails", done)
    live.check_same(live.local / "small", live.local / "back",
                    f"{name}: OpenSSH's session goes on, with room after rm", done)
    (tree / "small").unlink()
    done = client(live, server, "put", "large", "large")
    live.check_fails(done, words, f"{name}: our client says why", status=1)
    done = client(live, server, options=("-b", "-"),
                  input="-put large large\nrm large\nput small small\n")
    live.check(done.ok and any(word in done.text.lower() for word in words),
               f"{name}: our session goes on", done)
    live.check_same(live.local / "small", tree / "small", f"{name}: with room after rm", done)
    (tree / "small").unlink()


def full_disk(live):
    tree = live.dir / "tiny"
    tree.mkdir()
    mounted = live.run(harness.need("mount"), "-t", "tmpfs", "-o", f"size={kRoom}", "tiny", tree)
    if not mounted.ok:
        harness.skip(f"a tmpfs cannot be mounted, as root may: {mounted.err.strip()}")
    try:
        for options in ((), ("--atomic-upload", "on")):
            name = " ".join(["a full disk", *options])
            with live.server(*options, root=tree) as server:
                if not options:
                    statuses(live, server, tree, name, ["no space"], kVersion6["no space"])
                    clients(live, server, tree, name, ["no space"])
                    continue
                done = live.sftp(server, "-put large", "put small")
                live.check(done.ok and "failure" in done.text.lower(), f"{name}: put fails", done)
                live.check([path.name for path in tree.iterdir()] == ["small"],
                           f"{name}: nothing half-written is left", done)
    finally:
        live.run(harness.need("umount"), tree)


def quota(live):
    with live.server("--quota", str(kRoom)) as server:
        statuses(live, server, live.tree, "a quota", ["quota"], kVersion6["quota"])
        clients(live, server, live.tree, "a quota", ["quota"])


def file_size(live):
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (kRoom, kRoom))
    with live.server(preexec_fn=limit) as server:
        statuses(live, server, live.tree, "RLIMIT_FSIZE", ["too large", "too big"],
                 raw_sftp.kFailure)
        clients(live, server, live.tree, "RLIMIT_FSIZE", ["too large", "too big"])


def broken_disk(live):
    """The first page of a process's memory is never there: reading it is EIO. The server's own,
    which it may read without rights over other processes."""
    with live.server(root="/proc/self") as server:
        session = raw(live, server)
        handle = session.open("mem", raw_sftp.kRead)
        try:
            session.read(handle, 0, 4096)
            status = None
        except raw_sftp.Status as why:
            status = why
        live.check(status is not None and status.code == raw_sftp.kFailure and
                   "input/output error" in status.text.lower(), f"a broken disk: {status}")
        live.check(session.read_all("comm") != b"", "the session goes on")
        session.close_handle(handle)
        session.close()


def test(live):
    harness.random_file(live.local / "large", kLarge)
    harness.random_file(live.local / "small", kSmall)
    file_size(live)
    broken_disk(live)
    quota(live)
    full_disk(live)


harness.main(test)
