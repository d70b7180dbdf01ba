from __future__ import annotations

import platform
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.cpu_check import READY
from cibuildwheel.oci.emulation.probe_image import starter_program
from cibuildwheel.oci.emulation.starter import PROGRAMS, parse_ends
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.image.elf import parse_elf
from tools.lab.qemu import PROGRAMS as EMULATORS

if TYPE_CHECKING:
    from pathlib import Path


def test_no_program() -> None:
    assert starter_program("s390x") is None


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_program(architecture: str, tmp_path: Path) -> None:
    """Run on its own architecture, or by QEMU without a handler."""
    starter = tmp_path / "starter"
    starter.write_bytes(starter_program(architecture) or b"")
    assert str(parse_elf(starter.read_bytes())) == architecture
    emulator = EMULATORS.get(architecture)
    if platform.machine() == architecture:
        command = [str(starter)]
    elif emulator and (qemu := shutil.which(f"{emulator}-static") or shutil.which(emulator)):
        command = [qemu, str(starter)]
    else:
        pytest.skip("no QEMU: apt-get install qemu-user-static")
    script = tmp_path / "script"
    script.write_text(
        '#!/bin/sh\necho "$A"; [ -z "$SIGNAL" ] || kill -"$SIGNAL" $$; exit ${CODE:-0}\n'
    )
    for path in (starter, script):
        path.chmod(0o755)

    def said(*arguments: str) -> bytes:
        whole = [*command, *arguments]
        ran = subprocess.run(whole, env={"A": "own"}, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")
        return ran.stdout

    own = str(script)
    assert said() == b""
    assert said(own, "", own, "A=other", own, "CODE=3", own, "") == b"own\n0other\n0\n3own\n0"
    assert said("/nowhere", "", own, "SIGNAL=9", own, "") == b"\xaf\n9own\n0"


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ("00", [Answer(0, "", ""), Answer(0, "", "")]),
        (f"1{READY}1", [Answer(1, "", ""), Answer(1, READY, "")]),
        (f"{READY}04", [Answer(0, READY, ""), Answer(4, "", "")]),
        ("0\ufffd", [Answer(0, "", ""), Answer(0xFFFD - 48, "", "")]),
        ("0", []),
        ("000", []),
        ("", []),
        (f"warning\n{READY}0", []),
    ],
)
def test_ends(said: str, ends: list[Answer]) -> None:
    assert parse_ends(Answer(0, said, ""), 2) == ends


@pytest.mark.parametrize("code", [1, 125, None])
def test_ends_of_one_that_failed(code: int | None) -> None:
    assert parse_ends(Answer(code, "00", ""), 2) == []
