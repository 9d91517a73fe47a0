"""Runs Botan's configure.py for Nacre's modules and prints its sources, eight to a line.

Names are printed relative to the source folder, so that what is compiled does not depend on where
the checkout lies and ccache can share it.
"""

import json
import os
import subprocess
import sys

SOURCES_PER_UNIT = 8


def wanted_modules(source: str, list_file: str) -> list[str]:
    """Nacre's list without the names this release does not know (older ones lack a few)."""
    known = {
        os.path.basename(folder)
        for folder, _, files in os.walk(os.path.join(source, "src", "lib"))
        if "info.txt" in files
    }
    with open(list_file, encoding="ascii") as listed:
        names = listed.read().replace("\n", ",").split(",")
    return [name for name in names if name in known]


def configure(build: str, command: list[str]) -> int:
    """Runs configure.py, unless the build folder was configured by exactly this command.

    configure.py writes all headers anew. Each change to any meson.build would otherwise compile
    Botan again.
    """
    stamp = os.path.join(build, "nacre-configured.json")
    state = {"command": command, "changed": os.stat(command[1]).st_mtime_ns}
    try:
        with open(stamp, encoding="utf-8") as written:
            if json.load(written) == state:
                return 0
    except (OSError, ValueError):
        pass
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        return done.returncode
    with open(stamp, "w", encoding="utf-8") as written:
        json.dump(state, written)
    return 0


def main() -> int:
    source, build, list_file, compiler, compiler_path, system, cpu = sys.argv[1:]
    command = [
        sys.executable,
        os.path.join(source, "configure.py"),
        "--minimized-build",
        "--enable-modules=" + ",".join(wanted_modules(source, list_file)),
        "--cc=" + compiler,
        "--cc-bin=" + compiler_path,
        "--os=" + system,
        "--cpu=" + cpu,
        "--with-build-dir=" + build,
        "--without-documentation",
        "--build-targets=static",
        "--link-method=copy",
    ]
    failed = configure(build, command)
    if failed:
        return failed
    with open(os.path.join(build, "build", "build_config.json"), encoding="utf-8") as written:
        infos = json.load(written)["lib_build_info"]
    names = [os.path.relpath(info["src"], source) for info in infos]
    for first in range(0, len(names), SOURCES_PER_UNIT):
        print(" ".join(names[first : first + SOURCES_PER_UNIT]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
