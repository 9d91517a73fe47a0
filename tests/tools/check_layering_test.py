"""Plants one violation at a time in a small tree and expects exactly that one to be found."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "tools" / "check_layering.py"
COMPILER = sys.argv[1:] or ["c++"]

CLEAN = {
    "include/nacre/base/bytes.hpp": "#pragma once\n#include <cstddef>\n",
    "include/nacre/wire/reader.hpp": '#pragma once\n#include "nacre/base/bytes.hpp"\n',
    "include/nacre/connection/channel.hpp": "#pragma once\n",
    "include/nacre/connection/config.hpp": "#pragma once\n",
    "lib/sftp/codec.hpp": '#pragma once\n#include "nacre/connection/channel.hpp"\n',
    "lib/sftp/codec.cpp": '#include "sftp/codec.hpp"\n',
    "lib/sftp/meson.build": "nacre_sources += files(\n  'codec.cpp',\n)\n",
    "lib/crypto/botan/aead.hpp": "#pragma once\n#include <botan/aead.h>\n",
}


def findings(changes: dict[str, str], compiling: bool = False) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (CLEAN | changes).items():
            file = pathlib.Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        command = [sys.executable, SCRIPT, "--root", folder]
        if compiling:
            command += ["--compile", *COMPILER]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        found = [line for line in lines if line.startswith(("include/", "lib/", "tests/"))]
        assert (done.returncode == 0) == (not found), done
        return found


class Layering(unittest.TestCase):
    def expect_one(self, path: str, text: str, words: str, compiling: bool = False) -> None:
        found = findings({path: text}, compiling)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])
        self.assertTrue(found[0].startswith(path), found)

    def test_clean_tree(self) -> None:
        self.assertEqual(findings({}, compiling=True), [])

    def test_upward_include(self) -> None:
        self.expect_one(
            "lib/base/a.hpp", '#pragma once\n#include "nacre/wire/reader.hpp"\n', "layer base may not"
        )

    def test_upward_include_in_angle_brackets(self) -> None:
        self.expect_one(
            "lib/base/a.hpp", "#pragma once\n#include <nacre/wire/reader.hpp>\n", "layer base may not"
        )

    def test_upward_include_by_relative_name(self) -> None:
        self.expect_one(
            "lib/base/a.hpp", '#pragma once\n#include "../sftp/codec.hpp"\n', "layer base may not"
        )

    def test_one_header_of_a_layer_only(self) -> None:
        self.expect_one(
            "lib/sftp/a.hpp", '#pragma once\n#include "nacre/connection/config.hpp"\n', "layer sftp may"
        )

    def test_internal_header_in_public_one(self) -> None:
        self.expect_one(
            "include/nacre/session/a.hpp", '#pragma once\n#include "sftp/codec.hpp"\n', "from lib/"
        )

    def test_botan_outside_its_places(self) -> None:
        self.expect_one("lib/auth/a.hpp", "#pragma once\n#include <botan/aead.h>\n", "may not be")
        self.expect_one("lib/auth/a.hpp", '#pragma once\n#include "crypto/botan/aead.hpp"\n', "only")

    def test_long_file(self) -> None:
        self.expect_one("lib/base/a.hpp", "#pragma once\n" + "\n" * 700, "701 lines")
        self.assertEqual(findings({"lib/base/a.hpp": "#pragma once\n" + "\n" * 699}), [])

    def test_forgotten_source(self) -> None:
        self.expect_one("lib/sftp/status.cpp", "\n", "not compiled")

    def test_name_without_a_concept(self) -> None:
        self.expect_one("lib/base/util.hpp", "#pragma once\n", "concept")

    def test_header_that_does_not_stand_alone(self) -> None:
        text = "#pragma once\nstd::string a();\n"
        self.expect_one("include/nacre/base/a.hpp", text, "alone", compiling=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
