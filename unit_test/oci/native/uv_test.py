from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.native.uv import ask_version, parse_version

if TYPE_CHECKING:
    from pathlib import Path


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


def a_uv(folder: Path, says: str) -> None:
    folder.mkdir()
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo '{says}' $QEMU_CPU\n")
    program.chmod(0o755)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_ask_version(shell: str, tmp_path: Path) -> None:
    a_uv(tmp_path / "a b", "uv 1.2.3")
    answers = {f"/nothing:{tmp_path}/a b": [f"{tmp_path}/a b/uv", "uv 1.2.3"], "/nothing": []}
    for path, answer in answers.items():
        done = subprocess.run(
            [f"/bin/{shell}", "-c", ask_version(path)], capture_output=True, text=True, check=True
        )
        assert parse_list(done.stdout) == answer
