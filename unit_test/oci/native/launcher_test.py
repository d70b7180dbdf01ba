from __future__ import annotations

import os
import platform
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.image.elf import parse_elf
from cibuildwheel.oci.native.launcher import FAILED, LAUNCHERS, launcher

if TYPE_CHECKING:
    from pathlib import Path

PRINT = 'printf "%s|" "$0" "$@" "$VARIABLE"'


def started(folder: Path, architecture: str, program: str, *arguments: str) -> tuple[int, str]:
    """What came of a launcher that starts `program` with `arguments`, called with "a b" and ""."""
    emulator = shutil.which(f"qemu-{architecture}-static")
    if architecture != platform.machine() and not emulator:
        pytest.skip(f"no emulator of {architecture}")
    path = folder / "launcher"
    path.write_bytes(launcher(architecture, program, arguments))
    path.chmod(0o755)
    before = [] if architecture == platform.machine() else [str(emulator)]
    command = [*before, os.fspath(path), "a b", ""]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"VARIABLE": "kept"}
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("architecture", LAUNCHERS)
@pytest.mark.parametrize("more", [(), ("first",), ("first", "", "third")], ids=len)
def test_launcher(architecture: str, more: tuple[str, ...], tmp_path: Path) -> None:
    said = started(tmp_path, architecture, "/bin/sh", "called", "-c", PRINT, "zero", *more)
    assert said == (0, "|".join(["zero", *more, "a b", "", "kept", ""]))


@pytest.mark.parametrize("architecture", LAUNCHERS)
def test_what_it_starts_is_not_there(architecture: str, tmp_path: Path) -> None:
    assert started(tmp_path, architecture, "/nothing/there", "x") == (FAILED, "")


@pytest.mark.parametrize("architecture", LAUNCHERS)
def test_it_is_small_and_of_its_architecture(architecture: str) -> None:
    elf = launcher(architecture, "/bin/sh", ["sh"])
    assert str(parse_elf(elf)) == architecture
    assert len(elf) < 300
