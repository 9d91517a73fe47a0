"""The last line of tools/test, for each way in which a test program can end."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "tools" / "summarize_tests.py"

CATCH_GOOD = "Randomness seeded to: 1\n=====\nAll tests passed (9 assertions in 4 test cases)\n\n"
CATCH_BAD = "=====\ntest cases:  7 |  4 passed | 2 failed | 1 skipped\nassertions: 12 | 9 passed\n"
CATCH_EXPECTED = "test cases: 3 | 1 passed | 2 failed as expected\nassertions: - none -\n"


def report(*tests: tuple[str, str], stages: int = 0, ci: bool = False) -> tuple[list[str], int]:
    """The lines and the exit status for programs given as (result, output)."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log.json")
        lines = [json.dumps({"name": "t", "result": r, "stdout": out}) for r, out in tests]
        log.write_text("\n".join(lines) + "\n" if lines else "", encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        if ci:
            environment["CI"] = "1"
        done = subprocess.run(
            [sys.executable, SCRIPT, "--failed-stages", str(stages), log, log.with_name("none.json")],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        return done.stdout.splitlines(), done.returncode


def summary(*tests: tuple[str, str], stages: int = 0, ci: bool = False) -> tuple[str, int]:
    """The last line and the exit status."""
    lines, status = report(*tests, stages=stages, ci=ci)
    return lines[-1], status


class Summary(unittest.TestCase):
    def test_counts_test_cases(self) -> None:
        self.assertEqual(summary(("OK", CATCH_GOOD), ("OK", "")), ("5 passed, 0 failed", 0))
        self.assertEqual(summary(("FAIL", CATCH_BAD)), ("4 passed, 2 failed, 1 skipped", 1))
        self.assertEqual(summary(("OK", CATCH_EXPECTED)), ("3 passed, 0 failed", 0))

    def test_program_that_fails_after_its_cases(self) -> None:
        self.assertEqual(summary(("FAIL", CATCH_GOOD)), ("4 passed, 1 failed", 1))

    def test_other_endings(self) -> None:
        for result in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS"):
            self.assertEqual(summary(("OK", ""), (result, "")), ("1 passed, 1 failed", 1))

    def test_nothing_run_is_a_failure(self) -> None:
        self.assertEqual(summary(), ("0 passed, 1 failed", 1))

    def test_failed_stage_is_a_failure(self) -> None:
        self.assertEqual(summary(("OK", ""), stages=2), ("1 passed, 2 failed", 1))

    def test_skipped_test(self) -> None:
        self.assertEqual(summary(("OK", ""), ("SKIP", "")), ("1 passed, 0 failed, 1 skipped", 0))
        self.assertEqual(summary(("OK", ""), ("SKIP", ""), ci=True), ("1 passed, 1 failed", 1))

    def test_tells_what_a_failed_test_said(self) -> None:
        lines, _ = report(("FAIL", "ok      one\nFAILED  two\nok      three\n"), ("OK", "FAILED?"))
        self.assertEqual(lines[0].split(": ", 2)[2], "t (FAIL)")
        self.assertEqual(lines[1:-1], ["    FAILED  two"])
        lines, _ = report(("TIMEOUT", "".join(f"line {i}\n" for i in range(99))))
        self.assertEqual(lines[1:-2], [f"    line {i}" for i in range(87, 99)])


if __name__ == "__main__":
    unittest.main()
