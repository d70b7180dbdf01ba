from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.container.proof import machines, prove
from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.emulation.probe_image import program
from cibuildwheel.oci.errors import ContentError

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = "/opt/python/cp313-cp313/bin/python"


@dataclass
class ThisMachine:
    """A container whose files are this machine's; asks a real shell."""

    image: str = "x:1"

    def ask_shell(self, question: str) -> list[str]:
        ran = subprocess.run(["bash", "-c", question], check=True, stdout=subprocess.PIPE)
        return parse_list(ran.stdout.decode(errors="surrogateescape"))


def written(folder: Path, **files: bytes) -> list[str]:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in files]


@pytest.mark.parametrize(
    ("platform", "architectures", "refused"),
    [
        ("linux/arm64", ["aarch64", "aarch64"], False),
        ("linux/arm64", ["aarch64", "x86_64"], True),
        ("linux/arm64", ["armv7l"], True),
        ("linux/386", ["i686"], False),
        ("linux/386", ["x86_64"], True),
        ("linux/arm/v7", ["armv7l"], False),
        ("linux/s390x", ["s390x"], False),
    ],
)
def test_prove(platform: str, architectures: list[str], refused: bool, tmp_path: Path) -> None:
    files = {f"python{n}": program(name) for n, name in enumerate(architectures)}
    paths = written(tmp_path, **files)
    if not refused:
        prove(ThisMachine(), platform, paths)
        return
    with pytest.raises(ContentError) as error:
        prove(ThisMachine(), platform, paths)
    said = str(error.value)
    assert f"x:1 does not hold what {platform} needs: {paths[-1]}" in said
    assert f"is for {architectures[-1]}, and should be for " in said


def test_what_is_no_elf_file_proves_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path, script=b"#!/bin/sh\nexec python3\n", short=b"\x7fELF", empty=b"")
    prove(ThisMachine(), "linux/arm64", [*paths, str(tmp_path / "missing")])


@given(st.binary())
def test_any_bytes(header: bytes) -> None:
    assert machines({PYTHON: header}) == {}
