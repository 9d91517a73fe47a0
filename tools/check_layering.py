#!/usr/bin/env python3
"""Checks what the compiler does not: which layer includes which, and the size of files.

    tools/check_layering.py [--root FOLDER] [--scratch FOLDER] [--compile COMPILER [ARGUMENT...]]

With --compile, every public header is also compiled alone. Findings go to standard output, one a
line; the exit status is 1 if there are any.
"""

import argparse
import concurrent.futures
import functools
import pathlib
import re
import subprocess
import sys
import tempfile

MAX_LINES = 700

CORE = ["base", "wire", "crypto", "keys", "transport"]

# What the files of a layer may include, beside the layer itself.
ALLOWED = {
    "base": [],
    "wire": ["base"],
    "crypto": ["base", "wire"],
    "keys": ["base", "wire", "crypto"],
    "transport": ["base", "wire", "crypto", "keys"],
    "auth": CORE,
    "connection": CORE,
    "sftp": ["base", "wire"],
    "session": CORE + ["auth", "connection", "sftp"],
    "nacre-keys": ["base", "wire", "crypto", "keys"],
    "agent": ["base", "wire", "crypto", "keys"],
    "pkcs11": ["base", "wire", "crypto", "keys"],
    "nacre-pkcs11": ["base", "wire", "crypto", "keys", "pkcs11"],
    "fs": ["base", "wire", "crypto", "keys", "sftp"],
    "server": CORE + ["auth", "connection", "sftp", "session", "nacre-keys", "fs"],
}

# Single headers that a layer may include although not their layer.
ALLOWED_HEADERS = {"sftp": ["connection/channel.hpp", "crypto/hash.hpp"], "fs": ["connection/channel.hpp"]}

# Other people's libraries, and the places (prefixes of paths) that may see them.
THIRD_PARTY = {
    "botan/": ["lib/crypto/botan/", "lib/crypto/botan.cpp", "lib/keys/", "lib/nacre-keys/",
               "tools/nacre-bench/public_key_work.cpp", "tests/"],
    "asio": ["lib/server/", "include/nacre/server/", "tools/", "tests/"],
    "p11-kit": ["lib/nacre-pkcs11/"],
    "zlib.h": ["lib/transport/", "lib/crypto/file_hash.cpp", "tests/"],
    "CLI/": ["tools/"],
    "toml++/": ["tools/"],
    "spdlog/": ["tools/"],
    "nlohmann/": ["lib/nacre-keys/", "tools/"],
    "catch2/": ["tests/"],
}

# Our own headers over Botan, lib/crypto/botan/*.hpp.
BOTAN_SIDE = "crypto/botan/"

# #if 0 and comments do not matter here: a line that starts with #include counts.
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path: str) -> str | None:
    """The layer of a path relative to the root, or None outside the library."""
    parts = path.split("/")
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ["include", "nacre"] and len(parts) > 3:
        return parts[2]
    return None


def is_below(path: str, places: list[str]) -> bool:
    return any(path.startswith(place) for place in places)


def check_include(root: pathlib.Path, path: str, bracket: str, name: str) -> str | None:
    """What is wrong with one #include line, or None."""
    for library, places in THIRD_PARTY.items():
        if bracket == "<" and name.startswith(library):
            return None if is_below(path, places) else f"<{name}> may not be included here"

    own = name.removeprefix("nacre/")
    public = name.startswith("nacre/")
    if public and not (root / "include" / name).exists():
        return f"there is no public header {name}"
    if not public and path.startswith("include/") and (bracket == '"' or (root / "lib" / name).exists()):
        return f"a public header may not include {name} from lib/"
    if not public and not (root / "lib" / name).exists():
        own = None
        neighbour = root / path
        if bracket == '"' and (neighbour.parent / name).exists():
            folder = neighbour.parent / name
            own = folder.resolve().relative_to(root.resolve()).as_posix().removeprefix("lib/")
    if own is None:
        return None

    if own.startswith(BOTAN_SIDE) and not is_below(path, THIRD_PARTY["botan/"]):
        return f"{name} is for lib/crypto/botan and lib/keys only"
    layer = layer_of(path)
    target = own.split("/")[0] if "/" in own else None
    if layer is None or target is None or target == layer:
        return None
    if target not in ALLOWED or layer not in ALLOWED:
        return f"unknown layer in {path} -> {name}" if layer not in ALLOWED else None
    if target in ALLOWED[layer] or own in ALLOWED_HEADERS.get(layer, []):
        return None
    return f"layer {layer} may not include {name}"


def source_files(root: pathlib.Path) -> list[str]:
    found = []
    for top in ("include", "lib", "tests", "fuzz", "tools"):
        for kind in ("*.hpp", "*.cpp", "*.py"):
            found += [file.relative_to(root).as_posix() for file in (root / top).rglob(kind)]
    return sorted(found)


def is_listed(root: pathlib.Path, path: str) -> bool:
    """Whether some meson.build between the file and the root names it."""
    file = root / path
    for folder in file.parents:
        description = folder / "meson.build"
        if description.exists():
            name = file.relative_to(folder).as_posix()
            text = description.read_text(encoding="utf-8")
            if f"'{name}'" in text or f"/{name}'" in text:
                return True
        if folder == root:
            break
    return False


def check_file(root: pathlib.Path, path: str) -> list[str]:
    findings = []
    lines = (root / path).read_text(encoding="utf-8").splitlines()
    if len(lines) > MAX_LINES:
        findings.append(f"{path}: {len(lines)} lines, more than {MAX_LINES}")
    if pathlib.PurePath(path).stem in ("util", "utils", "helpers", "common", "misc"):
        findings.append(f"{path}: name it after the one concept that it holds")
    if path.endswith(".py"):
        return findings
    if path.endswith(".cpp") and path.startswith(("lib/", "tests/unit/", "tests/session/")):
        if not is_listed(root, path):
            findings.append(f"{path}: no meson.build names it, so it is not compiled")
    if path.endswith(".hpp") and "#pragma once" not in lines:
        findings.append(f"{path}: no #pragma once")
    for number, line in enumerate(lines, start=1):
        match = INCLUDE.match(line)
        if match:
            finding = check_include(root, path, match[1], match[2])
            if finding:
                findings.append(f"{path}:{number}: {finding}")
    return findings


def check_alone(root: pathlib.Path, scratch: pathlib.Path, compiler: list[str], path: str) -> list[str]:
    """Compiles one public header with nothing before it.

    To an object file and from the same place each time: that is what ccache remembers.
    """
    name = path.removeprefix("include/")
    unit = scratch / (name.replace("/", "_") + ".cpp")
    unit.write_text(f"#include <{name}>\n", encoding="utf-8")
    command = compiler + [
        "-std=c++20",
        *("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"),
        *("-DASIO_STANDALONE", "-DASIO_NO_DEPRECATED", "-I", str(root / "include")),
        *("-c", str(unit), "-o", str(unit.with_suffix(".o"))),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"{path}: does not compile alone:\n{done.stderr}"] if done.returncode != 0 else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).parents[1])
    parser.add_argument("--skip", action="append", default=[], help="public headers not to compile")
    parser.add_argument("--compile", nargs=argparse.REMAINDER, default=[])
    parser.add_argument("--scratch", type=pathlib.Path, help="folder for what --compile makes")
    arguments = parser.parse_args()
    root = arguments.root.resolve()

    paths = source_files(root)
    findings = [finding for path in paths for finding in check_file(root, path)]
    public = [path for path in paths if path.startswith("include/") and path.endswith(".hpp")]
    if arguments.compile:
        wanted = [path for path in public if not is_below(path, arguments.skip)]
        with tempfile.TemporaryDirectory() as temporary:
            scratch = arguments.scratch or pathlib.Path(temporary)
            scratch.mkdir(parents=True, exist_ok=True)
            check = functools.partial(check_alone, root, scratch, arguments.compile)
            with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
                for found in pool.map(check, wanted):
                    findings += found
    for finding in findings:
        print(finding)
    print(f"{len(paths)} files, {len(public)} public headers, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
