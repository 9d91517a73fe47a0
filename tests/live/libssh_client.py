"""A client made of libssh: puts the file "data" as "up" and gets it back as "down".

A program, not a test: libssh_client.py PORT USER KEY JSON, the last one object with the names for
libssh's options of algorithms. Any failure is an exception.
"""

import ctypes
import ctypes.util
import json
import os
import sys

# enum ssh_options_e
kHost, kPort, kUserName, kCiphers, kKex, kMacs = 0, 1, 4, (15, 16), (24,), (29, 30)
kProcessConfig = 38
kOptions = {"kex": kKex, "ciphers": kCiphers, "macs": kMacs}
kBlock = 32768


def library():
    lib = ctypes.CDLL(ctypes.util.find_library("ssh") or "libssh.so.4")
    pointer = ctypes.c_void_p
    for name in ("ssh_new", "sftp_new", "sftp_open"):
        getattr(lib, name).restype = pointer
    lib.ssh_get_error.restype = ctypes.c_char_p
    for name in ("sftp_read", "sftp_write"):
        getattr(lib, name).restype = ctypes.c_ssize_t
        getattr(lib, name).argtypes = (pointer, ctypes.c_char_p, ctypes.c_size_t)
    return lib


def main(port, user, key, algorithms):
    lib = library()
    session = ctypes.c_void_p(lib.ssh_new())

    def must(holds, what):
        if not holds:
            raise RuntimeError(f"{what}: {lib.ssh_get_error(session).decode()}")

    def option(number, value):
        must(lib.ssh_options_set(session, number, value) == 0, f"option {number}")

    option(kHost, b"127.0.0.1")
    option(kPort, ctypes.byref(ctypes.c_uint(int(port))))
    option(kUserName, user.encode())
    option(kProcessConfig, ctypes.byref(ctypes.c_bool(False)))
    for kind, names in json.loads(algorithms).items():
        for number in kOptions[kind]:
            option(number, names.encode())
    must(lib.ssh_connect(session) == 0, "ssh_connect")
    private = ctypes.c_void_p()
    must(lib.ssh_pki_import_privkey_file(key.encode(), None, None, None,
                                         ctypes.byref(private)) == 0, "the key")
    must(lib.ssh_userauth_publickey(session, None, private) == 0, "ssh_userauth_publickey")
    sftp = ctypes.c_void_p(lib.sftp_new(session))
    must(sftp.value and lib.sftp_init(sftp) == 0, "sftp_init")

    remote = ctypes.c_void_p(lib.sftp_open(sftp, b"up", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    must(remote.value, "sftp_open for writing")
    with open("data", "rb") as file:
        while block := file.read(kBlock):
            must(lib.sftp_write(remote, block, len(block)) == len(block), "sftp_write")
    must(lib.sftp_close(remote) == 0, "sftp_close")

    remote = ctypes.c_void_p(lib.sftp_open(sftp, b"up", os.O_RDONLY, 0))
    must(remote.value, "sftp_open for reading")
    block = ctypes.create_string_buffer(kBlock)
    with open("down", "wb") as file:
        while (size := lib.sftp_read(remote, block, kBlock)) != 0:
            must(size > 0, "sftp_read")
            file.write(block.raw[:size])
    must(lib.sftp_close(remote) == 0, "sftp_close")
    lib.ssh_disconnect(session)


if __name__ == "__main__":
    main(*sys.argv[1:])
