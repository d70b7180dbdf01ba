from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.cpu import FASTEST
from cibuildwheel.oci.cpu_probe import PROGRAMS, READY, minds
from cibuildwheel.oci.elf import parse_elf
from cibuildwheel.oci.engine import Answer
from cibuildwheel.oci.platform import WHEEL_ARCHITECTURES
from cibuildwheel.oci.probe import cpu_program, program

if TYPE_CHECKING:
    from pathlib import Path

QEMU = {"aarch64": "qemu-aarch64", "riscv64": "qemu-riscv64"}


def test_every_platform_with_a_cpu_has_a_program() -> None:
    names = {architecture: name for name, (architecture, _) in WHEEL_ARCHITECTURES.items()}
    assert {names[architecture] for architecture in FASTEST} == PROGRAMS.keys() == QEMU.keys()


def test_no_program() -> None:
    assert cpu_program("s390x") is None


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_program(architecture: str) -> None:
    elf = cpu_program(architecture)
    assert elf is not None
    assert str(parse_elf(elf)) == architecture
    assert len(elf) < 300


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_program_as_qemu_reads_it(architecture: str, tmp_path: Path) -> None:
    """Traced without handlers: QEMU itself tells which system calls are made."""
    qemu = shutil.which(f"{QEMU[architecture]}-static") or shutil.which(QEMU[architecture])
    if qemu is None:
        pytest.skip("no QEMU: apt-get install qemu-user-static")
    path = tmp_path / "probe"
    path.write_bytes(cpu_program(architecture) or b"")
    path.chmod(0o755)
    ran = subprocess.run([qemu, "-strace", path], capture_output=True, text=True, check=False)
    assert ran.stdout == READY
    # /probe is not there
    assert ran.returncode == 2
    calls = [line.partition(" ")[2] for line in ran.stderr.splitlines()]
    assert [call.partition("(")[0] for call in calls] == ["write", "execve", "exit"]
    assert '"/probe",{"/probe",NULL}' in calls[1]
    assert "= -1 errno=2" in calls[1]


@pytest.mark.parametrize(
    ("answer", "does"),
    [
        (Answer(1, READY, "unable to find CPU model"), True),
        (Answer(0, READY, ""), False),
        (Answer(2, READY, ""), False),
        (Answer(125, READY, ""), False),
        (Answer(None, READY, ""), False),
        (Answer(1, "", "Property not found"), False),
        (Answer(0, "", ""), False),
    ],
)
def test_minds(answer: Answer, does: bool) -> None:
    assert minds(answer) is does


def test_the_plain_probe_stays_as_small_as_it_was() -> None:
    assert len(program("aarch64")) < 150
