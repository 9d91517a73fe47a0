"""A bare SFTP version 3 client that sends paths exactly as given, over a program's pipes.

OpenSSH's sftp cleans paths up before it sends them, so it cannot show that a server copes with
those that are not clean.
"""

import struct
import subprocess

kOk, kEof, kNoSuchFile, kPermissionDenied, kFailure, kBadMessage = 0, 1, 2, 3, 4, 5
kUnsupported = 8

kRead, kWrite, kAppend, kCreate, kTruncate, kExclusive = 1, 2, 4, 8, 16, 32


def string(value):
    value = value.encode() if isinstance(value, str) else bytes(value)
    return struct.pack(">I", len(value)) + value


def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">Q", value)


kNoAttrs = u32(0)


def mode(bits):
    return u32(4) + u32(bits)


class Status(Exception):
    """The server answered a request with this status instead of what was asked for."""

    def __init__(self, code, text):
        super().__init__(f"status {code}: {text}")
        self.code, self.text = code, text


class RawSftp:
    """One session; requests are sent and answered one at a time.

    Another version than 3 may be asked for: what is the same there can be used.
    """

    def __init__(self, command, version=3, **popen):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, **popen)
        self.id = 0
        self._send(bytes([1]) + u32(version))
        kind, body = self._receive()
        if kind != 2:
            raise RuntimeError(f"message {kind} instead of VERSION")
        self.version, body = struct.unpack(">I", body[:4])[0], body[4:]
        self.extensions = {}
        while body:
            name, body = self._string_of(body)
            self.extensions[name.decode()], body = self._string_of(body)

    def close(self):
        """Ends the session; the program's status."""
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        return status

    def _send(self, payload):
        self.process.stdin.write(u32(len(payload)) + payload)
        self.process.stdin.flush()

    def _exactly(self, count):
        data = self.process.stdout.read(count)
        if len(data) != count:
            raise ConnectionError("the session ended")
        return data

    def _receive(self):
        packet = self._exactly(struct.unpack(">I", self._exactly(4))[0])
        return packet[0], packet[1:]

    def request(self, kind, body):
        """(message, what follows its id); Status if that is what came and it is not OK."""
        self.id += 1
        self._send(bytes([kind]) + u32(self.id) + body)
        answer, body = self._receive()
        if struct.unpack(">I", body[:4])[0] != self.id:
            raise RuntimeError("answer to another request")
        body = body[4:]
        if answer == 101:
            code = struct.unpack(">I", body[:4])[0]
            if code != kOk:
                length = struct.unpack(">I", body[4:8])[0]
                raise Status(code, body[8:8 + length].decode(errors="replace"))
        return answer, body

    @staticmethod
    def _string_of(body):
        length = struct.unpack(">I", body[:4])[0]
        return body[4:4 + length], body[4 + length:]

    def open(self, path, flags, attrs=kNoAttrs):
        return self._string_of(self.request(3, string(path) + u32(flags) + attrs)[1])[0]

    def close_handle(self, handle):
        self.request(4, string(handle))

    def read(self, handle, offset, length):
        return self._string_of(self.request(5, string(handle) + u64(offset) + u32(length))[1])[0]

    def write(self, handle, offset, data):
        self.request(6, string(handle) + u64(offset) + string(data))

    def path(self, kind, path, rest=b""):
        """Any request that is a path and something after it."""
        return self.request(kind, string(path) + rest)[1]

    def lstat(self, path):
        return self.path(7, path)

    def opendir(self, path):
        return self._string_of(self.path(11, path))[0]

    def replies(self, path):
        """What a folder holds, as a list of (name, line of ls) for each reply."""
        handle, found = self.opendir(path), []
        try:
            while True:
                body = self.request(12, string(handle))[1]
                count, body = struct.unpack(">I", body[:4])[0], body[4:]
                found.append([])
                for _ in range(count):
                    name, body = self._string_of(body)
                    line, body = self._string_of(body)
                    body = self._skip_attrs(body)
                    found[-1].append((name.decode(errors="surrogateescape"), line.decode()))
        except Status as end:
            if end.code != kEof:
                raise
        finally:
            self.close_handle(handle)
        return found

    def names(self, path):
        """The names in a folder."""
        return [name for reply in self.replies(path) for name, _ in reply]

    @staticmethod
    def _skip_attrs(body):
        flags = struct.unpack(">I", body[:4])[0]
        size = 4 + sum(width for bit, width in ((1, 8), (2, 8), (4, 4), (8, 8)) if flags & bit)
        return body[size:]

    def realpath(self, path):
        return self._string_of(self.path(16, path)[4:])[0].decode(errors="surrogateescape")

    def stat(self, path):
        return self.path(17, path)

    def rename(self, old, new):
        self.request(18, string(old) + string(new))

    def readlink(self, path):
        return self._string_of(self.path(19, path)[4:])[0].decode(errors="surrogateescape")

    def symlink(self, target, link):
        """In OpenSSH's order of arguments."""
        self.request(20, string(target) + string(link))

    def extended(self, name, body):
        return self.request(200, string(name) + body)[1]

    def make_temporary_folder(self):
        return self._string_of(self.extended("make-temp-folder", b"")[4:])[0].decode()

    def read_all(self, path):
        """The first 32 KiB of a file."""
        handle = self.open(path, kRead)
        try:
            return self.read(handle, 0, 32768)
        except Status as end:
            if end.code != kEof:
                raise
            return b""
        finally:
            self.close_handle(handle)

    def write_all(self, path, data, flags=kWrite | kCreate | kTruncate):
        handle = self.open(path, flags)
        try:
            self.write(handle, 0, data)
        finally:
            self.close_handle(handle)
