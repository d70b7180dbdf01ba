from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from cibuildwheel.oci.engine import process
from cibuildwheel.oci.engine.process import (
    Answer,
    ask,
    change,
    drain,
    feed,
    follow,
    interrupt,
    interrupted,
)


def test_answer() -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    answer = ask(sys.executable, "-c", program)
    assert answer == Answer(3, "out\n", "err\n")
    assert not answer.ok


def test_output_that_is_no_utf8() -> None:
    answer = ask(sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff\x00')")
    assert answer == Answer(0, "\ufffd\0", "")


def test_input() -> None:
    program = "import sys; print(len(sys.stdin.buffer.read()))"
    assert change(sys.executable, "-c", program, stdin=b"\0" * 100_000).stdout == "100000\n"
    assert ask(sys.executable, "-c", program).stdout == "0\n"


@pytest.mark.parametrize("keep", [True, False])
def test_followed(capfd: pytest.CaptureFixture[str], *, keep: bool) -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    answer = follow(sys.executable, "-c", program, keep_stdout=keep)
    assert answer == Answer(3, "out\n" if keep else "", "err\n")
    assert capfd.readouterr() == ("" if keep else "out\n", "err\n")
    assert follow("no-such-engine", keep_stdout=keep).returncode is None


def test_missing_program() -> None:
    answer = ask("no-such-engine", "version")
    assert answer == Answer(None, "", "no-such-engine cannot be run: No such file or directory")


def test_no_answer() -> None:
    start = time.monotonic()
    answer = ask(sys.executable, "-c", "import time; time.sleep(60)", seconds=0.2)
    assert time.monotonic() - start < 10
    assert answer.returncode is None
    assert "gave no answer within 0.2 seconds" in answer.complaint


def test_a_slow_answer_is_told_of_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "ANSWER_SECONDS", 0.2)
    told: list[int] = []
    program = "import sys, time; data = sys.stdin.read(); time.sleep(0.5); print(data)"
    command = (sys.executable, "-c", program)
    slow = partial(told.append, 1)
    assert ask(*command, seconds=60, when_slow=slow) == Answer(0, "\n", "")
    assert change(*command, stdin=b"x", seconds=60, when_slow=slow) == Answer(0, "x\n", "")
    assert told == [1, 1]
    gone = ask(sys.executable, "-c", "import time; time.sleep(60)", seconds=0.4, when_slow=slow)
    assert "gave no answer within 0.4 seconds" in gone.complaint


@pytest.mark.parametrize(
    ("stderr", "complaint"),
    [
        ("one line\n", "one line"),
        ("unknown flag: --nope\nSee 'docker create --help'.\n", "unknown flag: --nope"),
        (
            (
                "unknown flag: --nope\n\nUsage:  docker create [OPTIONS] IMAGE\n\n"
                "Run 'docker create --help' for more information\n"
            ),
            "unknown flag: --nope",
        ),
        ("See 'docker create --help'.\n", "See 'docker create --help'."),
        ("Trying to pull x...\nError: why\n\n", "Error: why"),
        ("", "no message, return code 1"),
        (" \n\n", "no message, return code 1"),
    ],
)
def test_complaint(stderr: str, complaint: str) -> None:
    assert Answer(1, "", stderr).complaint == complaint


SLEEP = (sys.executable, "-c", "import time; print(1, flush=True); time.sleep(1); print(2)")


def test_interrupt_ends_what_is_asked_and_not_what_is_changed() -> None:
    begin = time.monotonic()
    try:
        with ThreadPoolExecutor() as executor:
            asked = [executor.submit(ask, *SLEEP[:2], "import time; time.sleep(60)") for _ in "12"]
            changed = executor.submit(change, *SLEEP)
            time.sleep(0.3)
            interrupt()
            assert ask(*SLEEP).complaint.endswith("was not asked: interrupted")
        assert time.monotonic() - begin < 20
        assert not any(one.result().ok for one in asked)
        assert changed.result() == Answer(0, "1\n2\n", "")
    finally:
        interrupted.clear()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such groups")
def test_what_is_changed_is_in_a_group_of_its_own_and_in_the_same_session() -> None:
    tell = "import os, sys; print(os.getsid(0), os.getpgid(0) == os.getpid(), file=sys.stderr)"
    expected = f"{os.getsid(0)} True\n"
    assert change(sys.executable, "-c", tell).stderr == expected
    assert feed([], sys.executable, "-c", tell).stderr == expected


def test_feed() -> None:
    count = "import sys; print(len(sys.stdin.buffer.read()), file=sys.stderr)"
    assert feed([b"x" * 70_000] * 50, sys.executable, "-c", count) == Answer(0, "", "3500000\n")


def test_feed_of_what_is_not_read() -> None:
    answer = feed([b"x" * 70_000] * 50, "sh", "-c", "echo why >&2; exit 3")
    assert answer == Answer(3, "", "why\n")


def test_what_is_fed_may_fail() -> None:
    begin = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        feed((b"x" * (1 // n) for n in (1, 0)), "sleep", "60")
    assert time.monotonic() - begin < 30


def test_drain() -> None:
    read: list[bytes] = []
    answer = drain(lambda output: read.append(output.read()), "sh", "-c", "echo data; exit 3")
    assert (read, answer.returncode) == ([b"data\n"], 3)
    with pytest.raises(ZeroDivisionError):
        drain(lambda _: print(1 // 0), "sleep", "60")


def test_streams_of_a_missing_program() -> None:
    missing = Answer(None, "", "no such cannot be run: No such file or directory")
    assert feed([b"x"], "no such") == missing
    assert drain(lambda _: None, "no such") == missing
