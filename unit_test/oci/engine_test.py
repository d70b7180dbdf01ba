from __future__ import annotations

import sys
import time

import pytest

from cibuildwheel.oci.engine import Answer, ask


def test_answer() -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    answer = ask(sys.executable, "-c", program)
    assert answer == Answer(3, "out\n", "err\n")
    assert not answer.ok


def test_output_that_is_no_utf8() -> None:
    answer = ask(sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff\x00')")
    assert answer == Answer(0, "\ufffd\0", "")


def test_missing_program() -> None:
    answer = ask("no-such-engine", "version")
    assert answer == Answer(None, "", "no-such-engine cannot be run: No such file or directory")


def test_no_answer() -> None:
    start = time.monotonic()
    answer = ask(sys.executable, "-c", "import time; time.sleep(60)", seconds=0.2)
    assert time.monotonic() - start < 10
    assert answer.returncode is None
    assert "gave no answer within 0.2 seconds" in answer.complaint


@pytest.mark.parametrize(
    ("stderr", "complaint"),
    [
        ("one line\n", "one line"),
        ("Trying to pull x...\nError: why\n\n", "Error: why"),
        ("", "no message, return code 1"),
        (" \n\n", "no message, return code 1"),
    ],
)
def test_complaint(stderr: str, complaint: str) -> None:
    assert Answer(1, "", stderr).complaint == complaint
