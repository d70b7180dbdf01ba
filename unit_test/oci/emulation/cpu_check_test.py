from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.cpu import FASTEST
from cibuildwheel.oci.emulation.cpu_check import PROGRAMS, READY, minds
from cibuildwheel.oci.emulation.probe_image import cpu_path_of, cpu_program, path_of
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.image.elf import parse_elf
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    assert len(elf) < 400


@pytest.mark.parametrize(
    ("architecture", "arguments", "cpu", "calls", "code"),
    [
        ("aarch64", [], "", ["write", "execve OWN OWN", "exit"], 2),
        ("aarch64", ["second"], "max,pauth=on", ["execve PLAIN", "exit"], 2),
        ("aarch64", ["second"], "cortex-a53", ["exit"], 3),
        ("riscv64", [], "", ["write", "execve PLAIN", "exit"], 2),
    ],
)
def test_program_as_qemu_reads_it(
    architecture: str, arguments: list[str], cpu: str, calls: list[str], code: int, tmp_path: Path
) -> None:
    """Traced without handlers: QEMU itself tells which system calls are made."""
    qemu = shutil.which(f"{QEMU[architecture]}-static") or shutil.which(QEMU[architecture])
    if qemu is None:
        pytest.skip("no QEMU: apt-get install qemu-user-static")
    path = tmp_path / "probe"
    path.write_bytes(cpu_program(architecture) or b"")
    path.chmod(0o755)
    command = [qemu, "-strace", *(["-cpu", cpu] if cpu else []), str(path), *arguments]
    # the second time it is run, it is without an environment
    traced = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert traced.stdout == ("" if arguments else READY)
    # neither program is where it will be in the image
    assert traced.returncode == code
    lines = [line.partition(" ")[2] for line in traced.stderr.splitlines()]
    paths = {cpu_path_of(architecture): "OWN", path_of(architecture): "PLAIN"}
    assert [_call(line, paths) for line in lines] == calls


def _call(line: str, paths: Mapping[str, str]) -> str:
    """`execve` with the arguments of what it starts, other system calls by name only."""
    name, _, rest = line.partition("(")
    if name != "execve":
        return name
    found = re.fullmatch(r'"(.*)",\{"(.*)",NULL\}.* errno=2 .*', rest)
    assert found
    assert found[1] in found[2]
    return " ".join([name, *(paths[argument] for argument in found[2].split('","'))])


@pytest.mark.parametrize(
    ("answer", "does"),
    [
        (Answer(1, READY, "unable to find CPU model"), True),
        (Answer(0, READY, ""), False),
        (Answer(2, READY, ""), False),
        (Answer(3, READY, ""), False),
        (Answer(125, READY, ""), False),
        (Answer(None, READY, ""), False),
        (Answer(1, "", "Property not found"), False),
        (Answer(0, "", ""), False),
    ],
)
def test_minds(answer: Answer, does: bool) -> None:
    assert minds(answer) is does
