"""The server of the README: it is the compiled one, and it serves a folder."""

import pathlib
import re
import socket

import harness


def shown(live):
    root = pathlib.Path(__file__).resolve().parents[2]
    blocks = re.findall(r"```cpp\n(.*?)```", (root / "README.md").read_text(), re.S)
    live.check((root / "tools/examples/sftp_server.cpp").read_text() in blocks,
               "README.md shows tools/examples/sftp_server.cpp as it is")


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def test(live):
    shown(live)
    tree = live.dir / "served"
    tree.mkdir()
    harness.random_file(tree / "file", 100000)
    port = harness.free_port()
    server = live.start(harness.kBuild / "tools/examples/sftp_server", tree, live.dir / "state", port)
    try:
        live.check(harness.wait_until(lambda: answers(port)), "the example listens")
        curl = [harness.need("curl"), "-q", "-s", "-S", "-k", "--max-time", "30"]
        url = f"sftp://127.0.0.1:{port}"
        got = live.run(*curl, "-u", "demo:secret", "-o", "got", f"{url}/file")
        live.check_same(tree / "file", live.local / "got", "a download", got)
        sent = live.run(*curl, "-u", "demo:secret", "-T", "got", f"{url}/sent")
        live.check_same(live.local / "got", tree / "sent", "an upload", sent)
        live.check_fails(live.run(*curl, "-u", "demo:wrong", f"{url}/file"), "", "a wrong password")
    finally:
        live.finish(server)


if __name__ == "__main__":
    harness.main(test)
