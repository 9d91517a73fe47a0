#!/usr/bin/env python3
"""Adds up what `meson test` has written: summarize_tests.py [--failed-stages N] LOG.json...

A Catch2 program counts as many times as it has test cases, anything else once. A stage that failed
without a failed test (a build, say) counts as one failure. Exit status 1 if anything failed, or
nothing passed, or, with CI set, a test was skipped.
"""

import argparse
import json
import os
import pathlib
import re
import sys

ALL_PASSED = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)", re.MULTILINE)
TEST_CASES = re.compile(r"^test cases: +\d+ \|.*$", re.MULTILINE)
PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def catch2_counts(output: str) -> tuple[int, int, int] | None:
    """Passed, failed and skipped test cases as Catch2 summed them up itself."""
    match = ALL_PASSED.search(output)
    if match:
        return int(match[1]), 0, 0
    match = TEST_CASES.search(output)
    if not match:
        return None

    def count(word: str) -> int:
        found = re.search(rf"(\d+) {word}", match[0])
        return int(found[1]) if found else 0

    return count("passed") + count("failed as expected"), count("failed(?! as)"), count("skipped")


def test_counts(test: dict) -> tuple[int, int, int]:
    """Passed, failed and skipped of one line of the log."""
    if test["result"] in SKIPPED:
        return 0, 0, 1
    good = test["result"] in PASSED
    passed, failed, skipped = catch2_counts(test.get("stdout", "")) or (int(good), 0, 0)
    # A crash, a leak or a timeout fails a program whose test cases, so far, have passed.
    return passed, failed if good else max(failed, 1), skipped


def last_words(output: str, most: int = 12) -> list[str]:
    """What a failed test said, for those who see nothing but the end of a long log."""
    lines = [line for line in output.splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"FAILED|Traceback|.*(: FAILED:|ERROR:)", line)]
    return (told or lines)[-most:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failed-stages", type=int, default=0)
    parser.add_argument("logs", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    totals = [0, 0, 0]
    for log in arguments.logs:
        if not log.exists():  # Meson writes none for a suite without tests.
            continue
        for line in log.read_text(encoding="utf-8").splitlines():
            test = json.loads(line)
            counts = test_counts(test)
            totals = [total + count for total, count in zip(totals, counts)]
            if counts[1]:
                print(f"FAILED: {log.parent.parent.name}: {test['name']} ({test['result']})")
                for said in last_words(test.get("stdout", "") + test.get("stderr", "")):
                    print(f"    {said}")
            if counts[2]:
                print(f"skipped: {log.parent.parent.name}: {test['name']}")
    passed, failed, skipped = totals
    failed = max(failed, arguments.failed_stages)
    skips_count = skipped > 0 and bool(os.environ.get("CI"))
    if skips_count:
        print("with CI set, a skipped test is a failed one")
        failed, skipped = failed + skipped, 0
    if passed == 0:
        print("no test has passed: that is a failure")
        failed = max(failed, 1)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
