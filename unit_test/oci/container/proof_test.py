from __future__ import annotations

import subprocess
from contextlib import nullcontext
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
        ("linux/arm/v7", ["aarch64"], True),
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


# Of Debian's busybox-static: of armel and armhf. Others have those of the ABI's version only.
@pytest.mark.parametrize(
    ("flags", "machine"),
    [
        (0x5000200, "soft-float arm"),
        (0x5000400, "armv7l"),
        (0x5000000, "armv7l"),
        # both, and those of an ABI in which they meant something else
        (0x5000600, "armv7l"),
        (0x4000200, "armv7l"),
        (0x200, "armv7l"),
    ],
)
def test_soft_float(flags: int, machine: str, tmp_path: Path) -> None:
    whole = program("armv7l")
    header = whole[:36] + flags.to_bytes(4, "little") + whole[40:]
    assert machines({PYTHON: header}) == {PYTHON: machine}
    assert machines({PYTHON: header[:20]}) == {PYTHON: "armv7l"}
    paths = written(tmp_path, python=header)
    refused = pytest.raises(ContentError, match="is for soft-float arm, and should be for armv7l")
    with refused if machine != "armv7l" else nullcontext():
        prove(ThisMachine(), "linux/arm/v7", paths)


def test_a_soft_float_shell_runs_beside_armv7l(monkeypatch: pytest.MonkeyPatch) -> None:
    soft = program("armv7l")[:36] + (0x5000200).to_bytes(4, "little")
    said = ["/bin/sh", *("" if byte == 0 else bytes([byte]).decode("latin-1") for byte in soft)]
    container = ThisMachine()
    monkeypatch.setattr(container, "ask_shell", lambda _: said)
    prove(container, "linux/arm/v7")
    with pytest.raises(ContentError):
        prove(container, "linux/arm64")


def test_what_is_no_elf_file_proves_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path, script=b"#!/bin/sh\nexec python3\n", short=b"\x7fELF", empty=b"")
    prove(ThisMachine(), "linux/arm64", [*paths, str(tmp_path / "missing")])


@given(st.binary())
def test_any_bytes(header: bytes) -> None:
    assert machines({PYTHON: header}) == {}
