"""AsyncSSH's SFTP client in versions 3, 4, 5 and 6: what one version cannot say, the next can."""

import asyncio
import os
import shutil
import stat
import struct

import harness

kTimeout = 60


async def refused(live, what, coroutine, *names):
    try:
        await coroutine
        live.check(False, f"{what} (nothing was refused)")
    except Exception as error:
        name = type(error).__name__
        live.check(name in names, f"{what} ({name}: {error})")


async def common(live, asyncssh, sftp, version):
    """What all versions have."""
    folder = f"v{version}"
    tree = live.tree / folder
    data = live.local / "data"
    await sftp.mkdir(folder, asyncssh.SFTPAttrs(permissions=0o750))
    live.check(stat.S_IMODE(tree.stat().st_mode) == 0o750, "mkdir with a mode")
    await sftp.put(str(data), f"{folder}/up", preserve=True)
    live.check_same(data, tree / "up", "put")
    live.check(int((tree / "up").stat().st_mtime) == int(data.stat().st_mtime), "times are kept")
    await sftp.get(f"{folder}/up", str(live.local / f"down{version}"))
    live.check_same(data, live.local / f"down{version}", "get")
    attrs = await sftp.stat(f"{folder}/up")
    live.check(attrs.size == data.stat().st_size and attrs.permissions & 0o777 ==
               (tree / "up").stat().st_mode & 0o777, "stat: size and permissions")
    await sftp.chmod(f"{folder}/up", 0o640)
    await sftp.utime(f"{folder}/up", (1_500_000_000, 1_600_000_000))
    status = (tree / "up").stat()
    live.check((stat.S_IMODE(status.st_mode), status.st_atime, status.st_mtime) ==
               (0o640, 1_500_000_000, 1_600_000_000), "chmod and utime")
    await sftp.truncate(f"{folder}/up", 1000)
    live.check((tree / "up").stat().st_size == 1000, "truncate")
    await sftp.symlink("up", f"{folder}/soft")
    live.check(os.readlink(tree / "soft") == "up", "symlink names its target")
    live.check(await sftp.readlink(f"{folder}/soft") == "up", "readlink")
    linked = await sftp.lstat(f"{folder}/soft")
    live.check(linked.type == asyncssh.FILEXFER_TYPE_SYMLINK, "lstat tells that it is a link")
    await sftp.link(f"{folder}/up", f"{folder}/hard")
    live.check((tree / "hard").samefile(tree / "up"), "link")
    await sftp.rename(f"{folder}/hard", f"{folder}/moved")
    live.check((tree / "moved").exists() and not (tree / "hard").exists(), "rename")
    await refused(live, "rename over what is there",
                  sftp.rename(f"{folder}/moved", f"{folder}/soft"),
                  "SFTPFailure", "SFTPFileAlreadyExists")
    live.check((tree / "moved").exists() and (tree / "soft").is_symlink(),
               "and nothing was changed by it")
    await sftp.posix_rename(f"{folder}/moved", f"{folder}/soft")
    live.check(not (tree / "moved").exists() and (tree / "soft").is_file(), "posix_rename")
    entries = {entry.filename: entry.attrs for entry in await sftp.readdir(folder)}
    live.check(set(entries) == {".", "..", "up", "soft"} and entries["up"].size == 1000 and
               entries["."].type == asyncssh.FILEXFER_TYPE_DIRECTORY, "readdir with attributes")
    live.check(await sftp.realpath(f"{folder}/../{folder}/up") == f"/{folder}/up", "realpath")
    disk = await sftp.statvfs(folder)
    live.check(disk.blocks > 0 and disk.namemax > 0, "statvfs")
    async with sftp.open(f"{folder}/log", "a") as file:
        await file.write("one\n")
        await file.write("two\n")
    async with sftp.open(f"{folder}/log", "r") as file:
        live.check(await file.read() == "one\ntwo\n", "append and read")
    await refused(live, "no such file", sftp.stat(f"{folder}/missing"), "SFTPNoSuchFile")
    await refused(live, "a folder that is not empty", sftp.rmdir(folder),
                  "SFTPFailure", "SFTPDirNotEmpty")
    await sftp.remove(f"{folder}/soft")
    live.check(not (tree / "soft").exists(), "remove")


def acl(version, *entries):
    """An ACL as the drafts have it; only version 6 has flags (INCLUDED and PRESENT)."""
    def one(kind, flags, mask, who):
        return struct.pack(">4I", kind, flags, mask, len(who)) + who
    return ((b"" if version < 6 else struct.pack(">I", 3)) + struct.pack(">I", len(entries)) +
            b"".join(one(*entry) for entry in entries))


async def acls(live, asyncssh, sftp, version):
    """ACLs, compared with what getfacl says."""
    if shutil.which("getfacl") is None:
        print("   no ACLs: getfacl is not installed")
        return
    file = live.tree / f"v{version}" / "acl"
    path = f"v{version}/acl"
    file.write_bytes(b"")

    def seen():
        return ",".join(live.run("getfacl", "-ncpE", str(file)).out.split())

    read, write, everybody = 0x09, 0x16, 0x120080
    asked = acl(version, (0, 0, read | write, b"OWNER@"), (1, 0, write, b"70001"),
                (0, 0x40, read | write, b"70003"), (0, 0, read, b"EVERYONE@"))
    await sftp.setstat(path, asyncssh.SFTPAttrs(acl=asked))
    expected = ("user::rw-,user:70001:r--,group::r--,group:70003:rw-,mask::rw-,other::r--")
    live.check(seen() == expected, f"an ACL that was set ({seen()})")
    told = (await sftp.stat(path)).acl
    live.check(told == acl(
        version, (0, 0, read | write | everybody | 0x40100, b"OWNER@"),
        (0, 0, read | everybody, b"70001"), (1, 0, write, b"70001"),
        (0, 0, read | everybody, b"GROUP@"), (0, 0x40, read | write | everybody, b"70003"),
        (0, 0, read | everybody, b"EVERYONE@")), f"and is told ({told})")
    live.run("setfacl", "-b", str(file))
    await sftp.setstat(path, asyncssh.SFTPAttrs(acl=told))
    live.check(seen() == expected, "and set again is the same")
    await refused(live, "an ACL that cannot be kept", sftp.setstat(path, asyncssh.SFTPAttrs(
        acl=acl(version, (1, 0, 0x80, b"EVERYONE@")))), "SFTPOpUnsupported")
    live.check(seen() == expected, "and nothing was changed by it")


async def newer(live, asyncssh, sftp, version):
    """What only newer versions have."""
    tree = live.tree / f"v{version}"
    up = f"v{version}/up"
    attrs = await sftp.stat(up)
    if version == 3:
        live.check(attrs.uid == os.getuid(), "version 3 has owners by number")
        return
    live.check(attrs.owner == harness.kUser, "owners by name")
    await acls(live, asyncssh, sftp, version)
    # asyncssh sets the time with nanoseconds from version 4 on.
    await sftp.utime(up, ns=(1_500_000_000_000_000_001, 1_600_000_000_123_456_789))
    live.check((tree / "up").stat().st_mtime_ns == 1_600_000_000_123_456_789,
               "times have nanoseconds, into the file")
    attrs = await sftp.stat(up)
    live.check(attrs.mtime == 1_600_000_000 and attrs.mtime_ns == 123_456_789, "and out of it")
    if version >= 5:
        mask = asyncssh.ACE4_WRITE_DATA | asyncssh.ACE4_WRITE_ATTRIBUTES
        async with sftp.open56(f"v{version}/made", mask, asyncssh.FXF_CREATE_NEW) as file:
            await file.write("new")
        live.check((tree / "made").read_bytes() == b"new", "open with an access mask")
        await refused(live, "CREATE_NEW of what is there",
                      sftp.open56(f"v{version}/made", mask, asyncssh.FXF_CREATE_NEW),
                      "SFTPFailure", "SFTPFileAlreadyExists")
        await refused(live, "OPEN_EXISTING of what is not there",
                      sftp.open56(f"v{version}/none", mask, asyncssh.FXF_OPEN_EXISTING),
                      "SFTPNoSuchFile")
        await sftp.rename(up, f"v{version}/made", flags=asyncssh.FXR_OVERWRITE)
        live.check((tree / "made").stat().st_size == 1000, "rename with OVERWRITE")
    if version == 6:
        live.check((await sftp.stat(f"v{version}/made")).nlink == 1, "link counts")
        real = await sftp.realpath(f"v{version}", "..", f"v{version}/made",
                                   check=asyncssh.FXRP_STAT_ALWAYS)
        live.check(real.filename in (f"/v{version}/made", f"/v{version}/made".encode()) and real.attrs.size == 1000,
                   f"realpath composes paths and tells attributes ({real})")
        await refused(live, "realpath of what must exist and does not",
                      sftp.realpath(f"v{version}/none/none", check=asyncssh.FXRP_STAT_ALWAYS),
                      "SFTPNoSuchFile", "SFTPNoSuchPath")
        one = await sftp.open(f"v{version}/made", "r+")
        two = await sftp.open(f"v{version}/made", "r+")
        await one.lock(0, 10, asyncssh.FXF_BLOCK_WRITE | asyncssh.FXF_BLOCK_READ)
        await refused(live, "a range that is locked", two.lock(
            5, 10, asyncssh.FXF_BLOCK_WRITE), "SFTPByteRangeLockRefused")
        await refused(live, "writing into a locked range", two.write("x", 3),
                      "SFTPByteRangeLockConflict")
        await one.unlock(0, 10)
        await two.lock(5, 10, asyncssh.FXF_BLOCK_WRITE)
        await one.close()
        await two.close()
        live.check(True, "unlock lets others lock")


async def session(live, asyncssh, server):
    async with asyncssh.connect(
            "127.0.0.1", server.port, client_keys=[str(live.user_key())], agent_path=None, config=None,
            username=harness.kUser, known_hosts=str(live.known_hosts), login_timeout=20) as connection:
        for version in (3, 4, 5, 6):
            print(f"-- version {version}")
            async with connection.start_sftp_client(sftp_version=version) as sftp:
                live.check(sftp.version == version, f"version {version} is agreed")
                await common(live, asyncssh, sftp, version)
                await newer(live, asyncssh, sftp, version)


def test(live):
    try:
        import asyncssh
    except ImportError:
        harness.skip("python3-asyncssh is not installed")
    harness.random_file(live.local / "data", 3_000_017)
    os.utime(live.local / "data", (1_400_000_000, 1_400_000_000))
    with live.server() as server:
        asyncio.run(asyncio.wait_for(session(live, asyncssh, server), kTimeout))
    with live.server("--sftp-version", "4") as server:
        async def limited():
            async with asyncssh.connect(
                    "127.0.0.1", server.port, client_keys=[str(live.user_key())], agent_path=None,
                    config=None, username=harness.kUser, known_hosts=str(live.known_hosts)) as connection:
                async with connection.start_sftp_client(sftp_version=6) as sftp:
                    return sftp.version
        live.check(asyncio.run(asyncio.wait_for(limited(), kTimeout)) == 4,
                   "--sftp-version is the highest")


harness.main(test)
