"""A link between a client and a server that is long, or slow, or both."""

import harness


class Relay:
    """delay-relay in front of a server."""

    def __init__(self, live, server, delay_ms, mbit):
        self.live = live
        port_file = live.dir / "relay.port"
        port_file.unlink(missing_ok=True)
        self.process = live.start(harness.kBuild / "tests" / "live" / "delay-relay", port_file,
                                  server.port, delay_ms, mbit)
        harness.wait_until(lambda: port_file.exists() and port_file.read_text().strip())
        self.port = int(port_file.read_text())
        live.know(self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.live.finish(self.process)
