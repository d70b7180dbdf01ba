from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.native.uv import ask_in_shell, ask_version, parse_answer, parse_version

if TYPE_CHECKING:
    from pathlib import Path

MARK = "0c1d"


@pytest.mark.parametrize(
    "said, version",
    [
        ("uv 0.13.9 (aarch64-unknown-linux-gnu)\n", "0.13.9"),  # seen
        ("uv 0.4.0\n", "0.4.0"),
        ("uv 0.5.1+3 (abcdef 2024-11-08)\n", "0.5.1+3"),
        ("warning: no home\nuv 0.9.0rc1 (x)", "0.9.0rc1"),
        ("sh: 1: uv: not found\n", ""),
        ("bash: line 1: uv: command not found", ""),
        ("uv: error 3.1", ""),
        ("", ""),
    ],
)
def test_parse_version(said: str, version: str) -> None:
    assert parse_version(said) == version


@pytest.mark.parametrize(
    "said, version",
    [
        (f"{MARK}\nuv 0.13.9 (x)\n{MARK}\n", "0.13.9"),
        (f"Welcome, uv 1.0\n{MARK}\nuv 0.13.9 (x)\n{MARK}\n", "0.13.9"),
        (f"{MARK}\nsh: uv: not found\n{MARK}\n", ""),
        (f"uv 1.0\n{MARK}\nuv 0.13", None),
        ("uv 0.13.9 (x)\n", None),
        ("", None),
    ],
)
def test_parse_answer(said: str, version: str | None) -> None:
    assert parse_answer(said, MARK) == version


@given(before=st.text(), said=st.text())
def test_parse_anything(before: str, said: str) -> None:
    mark = "a mark that nothing else holds"
    assert parse_answer(f"{before}{mark}\n{said}{mark}\n", mark) == parse_version(said)


def a_uv(folder: Path, says: str) -> None:
    folder.mkdir()
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo '{says}' $QEMU_CPU\n")
    program.chmod(0o755)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_ask_in_shell(shell: str, tmp_path: Path) -> None:
    a_uv(tmp_path / "a b", "uv 1.2.3")
    for path, version in {f"{tmp_path}/a b:/usr/bin": "1.2.3", "/nothing": ""}.items():
        done = subprocess.run(
            [f"/bin/{shell}"],
            input=ask_in_shell(MARK, "max"),
            capture_output=True,
            text=True,
            env={"PATH": path},
            check=True,
        )
        assert parse_answer(done.stdout, MARK) == version
        assert done.stdout.count("max") == bool(version)
        assert done.stderr == ""


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_ask_version(shell: str, tmp_path: Path) -> None:
    a_uv(tmp_path / "a b", "uv 1.2.3")
    answers = {f"/nothing:{tmp_path}/a b": [f"{tmp_path}/a b/uv", "uv 1.2.3"], "/nothing": []}
    for path, answer in answers.items():
        done = subprocess.run(
            [f"/bin/{shell}", "-c", ask_version(path)], capture_output=True, text=True, check=True
        )
        assert done.stdout.split("\0")[:-1] == answer
