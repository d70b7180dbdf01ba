from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container.copy import ask_place, can_take_archive, copy_folder
from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.engine.process import pipe

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


@dataclass
class Taker:
    """A container whose engine is a script, named by its path."""

    engine_name: str
    name: str = "x"

    def ask_shell(self, _: str) -> list[str]:
        return ["0", "/project"]


@pytest.mark.parametrize(("reads", "size"), [("cat", 0), ("head -c 1024", 2**20)])
def test_what_the_engine_does_not_read_is_nothing_to_say(
    reads: str, size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An engine may close the archive at its end, which tar fills up to a megabyte."""
    engine = tmp_path / "engine"
    engine.write_text(f"#!/bin/sh\n{reads} >{tmp_path}/taken\n")
    engine.chmod(0o755)
    source = tmp_path / "source"
    source.mkdir(mode=0o755)
    (source / "file").write_bytes(bytes(size))
    copy_folder(Taker(str(engine)), source, "/project")  # type: ignore[arg-type]
    assert (tmp_path / "taken").stat().st_size >= 1024
    assert capsys.readouterr() == ("", "")


def test_pipe_that_nobody_reads(tmp_path: Path) -> None:
    given, taken = pipe(["yes"], ["sh", "-c", "echo why >&2; exit 3"], cwd=tmp_path)
    assert not given.ok
    assert (taken.returncode, taken.complaint) == (3, "why")


@pytest.mark.parametrize("commands", [(["no such"], ["cat"]), (["yes"], ["no such"])])
def test_pipe_of_what_is_not_there(commands: tuple[list[str], list[str]], tmp_path: Path) -> None:
    for answer in pipe(*commands, cwd=tmp_path):
        assert answer.complaint == "no such cannot be run: No such file or directory"
