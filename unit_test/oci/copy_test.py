from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.copy import ask_place, can_take_archive
from cibuildwheel.oci.engine import pipe
from cibuildwheel.oci.shell import parse_list

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (["0", "/project"], True),
        (["0", "/project", "/dev", "/host/tmp", "/proj"], True),
        (["0", "/tmp/x", "/dev", "/tmp"], False),
        (["0", "/tmp", "/tmp"], False),
        (["1000", "/project"], False),
        (["", "/project"], False),
    ],
)
def test_can_take_archive(place: list[str], expected: bool) -> None:
    assert can_take_archive(place) == expected


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_ask_place(shell: str, tmp_path: Path) -> None:
    (tmp_path / "it's").mkdir()
    (tmp_path / "link").symlink_to("it's")
    ran = subprocess.run(
        [shell, "-c", ask_place(f"{tmp_path}/link")], check=True, capture_output=True
    )
    user, folder, *mounts = parse_list(ran.stdout.decode())
    assert (user, folder) == (str(os.geteuid()), f"{tmp_path.resolve()}/it's")
    with open("/proc/self/mountinfo", encoding="utf-8") as table:  # noqa: PTH123 - not a file to keep
        assert mounts == [line.split()[4] for line in table if " - tmpfs " in line]


def test_pipe(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("data")
    given, taken = pipe(["cat", "file"], ["grep", "data"], cwd=tmp_path)
    assert (given.ok, taken.ok) == (True, True)
    given, taken = pipe(["cat", "none"], ["cat"], cwd=tmp_path)
    assert (given.returncode, taken.ok) == (1, True)
    assert "none" in given.complaint


def test_pipe_that_nobody_reads(tmp_path: Path) -> None:
    given, taken = pipe(["yes"], ["sh", "-c", "echo why >&2; exit 3"], cwd=tmp_path)
    assert not given.ok
    assert (taken.returncode, taken.complaint) == (3, "why")


@pytest.mark.parametrize("commands", [(["no such"], ["cat"]), (["yes"], ["no such"])])
def test_pipe_of_what_is_not_there(commands: tuple[list[str], list[str]], tmp_path: Path) -> None:
    for answer in pipe(*commands, cwd=tmp_path):
        assert answer.complaint == "no such cannot be run: No such file or directory"
