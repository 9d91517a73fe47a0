#!/usr/bin/env python3
"""The README's program is the one that is compiled."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
blocks = re.findall(r"```cpp\n(.*?)```", (root / "README.md").read_text(), re.S)
example = (root / "tools/examples/sftp_server.cpp").read_text()
if example not in blocks:
    sys.exit("README.md does not show tools/examples/sftp_server.cpp as it is")
print(f"README.md shows the example ({len(example.splitlines())} lines)")
