"""Programs of QEMU's user mode, from Debian's packages of several suites, and how to run them."""

import re
from dataclasses import dataclass
from pathlib import Path

from cibuildwheel.oci.image.elf import MACHINES
from tools.cache import cached_folder
from tools.images.debian import unpacked
from tools.unpack import unpack

# What QEMU calls a wheel architecture, in the name of its program.
PROGRAMS = {
    "aarch64": "qemu-aarch64",
    "armv7l": "qemu-arm",
    "ppc64le": "qemu-ppc64le",
    "s390x": "qemu-s390x",
    "riscv64": "qemu-riscv64",
}
_IGNORED, _EXACT = 0x00, 0xFF
_ABI, _TYPE = 7, 16
"""Places in an ELF header: the ABI may be any, the type an executable or a shared object."""


@dataclass(frozen=True)
class Qemu:
    """A QEMU of Debian's: the suite and the package that have it, and the release it is of."""

    release: str
    suite: str
    package: str


QEMUS = (
    Qemu("7.2", "bookworm", "qemu-user-static"),
    Qemu("10.0", "trixie", "qemu-user"),
    Qemu("11.1", "forky", "qemu-user"),
)


def programs(qemu: Qemu) -> Path:
    """A folder with this machine's builds of all of PROGRAMS, static, of `qemu`.

    Raises ImageError if Debian can't be reached.
    """
    names = {f"./usr/bin/{name}{end}" for name in PROGRAMS.values() for end in ("", "-static")}
    recipe = {"suite": qemu.suite, "package": qemu.package, "programs": sorted(names)}

    def make(target: Path) -> None:
        target.mkdir()
        with unpacked("amd64", qemu.suite, [qemu.package]) as tar:
            # `-static` is a link to the other, where both are there
            members = [m for m in tar if m.name in names and m.isreg()]
            unpack(tar, target, members)
        for program in (target / "usr/bin").iterdir():
            program.rename(target / program.name.removesuffix("-static"))

    return cached_folder("qemu", recipe, make)


def rule(architecture: str, interpreter: Path, *, name: str = "cpu") -> str:
    """What registers `interpreter` with the kernel, as `name`, for a wheel architecture.

    See https://docs.kernel.org/admin-guide/binfmt-misc.html. The flag F opens it at once, so that
    it is found from within any root file system.
    """
    number, bits, order = MACHINES[architecture]
    little = order == "little"
    header = b"\x7fELF" + bytes([bits // 32, 1 if little else 2, 1, *[0] * 9])
    header += b"".join(value.to_bytes(2, "little" if little else "big") for value in (2, number))
    mask = bytearray([_EXACT] * len(header))
    mask[_ABI] = _IGNORED
    mask[_TYPE if little else _TYPE + 1] = 0xFE
    magic, masked = (re.sub("(..)", r"\\x\1", part.hex()) for part in (header, bytes(mask)))
    return f":{name}:M::{magic}:{masked}:{interpreter}:F"
