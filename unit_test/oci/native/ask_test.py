from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.native.ask import parse_answer, tell_shell

MARK = "0c1d"


@pytest.mark.parametrize(
    "said, answer",
    [
        (f"{MARK}\nuv 0.13.9 (x)\n{MARK}\n", "uv 0.13.9 (x)\n"),
        (f"Welcome, uv 1.0\n{MARK}\n1\n2\n{MARK}\n", "1\n2\n"),
        (f"{MARK}\n{MARK}\n", ""),
        (f"uv 1.0\n{MARK}\nuv 0.13", None),
        ("uv 0.13.9 (x)\n", None),
        ("", None),
    ],
)
def test_parse_answer(said: str, answer: str | None) -> None:
    assert parse_answer(said, MARK) == answer


@given(before=st.text(), said=st.text())
def test_parse_anything(before: str, said: str) -> None:
    mark = "a mark that nothing else holds"
    assert parse_answer(f"{before}{mark}\n{said}{mark}\n", mark) == said


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(
    "question, answer",
    [
        ("echo $QEMU_CPU", "max\n"),
        ("echo 1 >&2; cat; echo 2", "1\n2\n"),
        ("nothing-there || echo $?", None),
    ],
)
def test_tell_shell(shell: str, question: str, answer: str | None) -> None:
    done = subprocess.run(
        [f"/bin/{shell}"],
        input=tell_shell(question, MARK, "max"),
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
        check=True,
    )
    said = parse_answer(done.stdout, MARK)
    assert said == answer or (answer is None and said and said.endswith("127\n"))
    assert done.stderr == ""
