from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.errors import ContentError
from cibuildwheel.oci.probe import program
from cibuildwheel.oci.proof import machines, prove

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PYTHON = "/opt/python/cp313-cp313/bin/python"


@dataclass
class ThisMachine:
    """A container whose files are this machine's; runs the real commands."""

    image: str = "x:1"

    def call(self, args: Sequence[str], *, capture_output: bool, cwd: str) -> str:
        ran = subprocess.run(args, check=False, stdout=subprocess.PIPE, cwd=cwd)
        assert capture_output
        said = ran.stdout.decode(errors="surrogateescape")
        if ran.returncode:
            raise subprocess.CalledProcessError(ran.returncode, list(args), said)
        return said


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


def test_no_answer_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(ThisMachine):
        def call(self, args: Sequence[str], *, capture_output: bool, cwd: str) -> str:
            assert capture_output
            assert cwd
            raise subprocess.CalledProcessError(127, list(args))

    prove(Broken(), "linux/arm64")
    assert "What x:1 holds could not be checked" in "".join(capsys.readouterr())


@given(st.binary())
def test_any_bytes(headers: bytes) -> None:
    assert machines(headers, [PYTHON]) == {}


@given(st.sampled_from(["aarch64", "s390x", "i686"]), st.binary(max_size=40))
def test_header_among_others(architecture: str, before: bytes) -> None:
    title = f"\n==> {PYTHON} <==\n".encode()
    said = before + title + program(architecture)[:20] + b"\n==> /bin/sh <==\n#!"
    assert machines(said, [PYTHON, "/bin/sh"]) == {PYTHON: architecture}
