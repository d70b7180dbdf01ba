"""The machine that an ELF file is for, from its header.

Facts: the ELF header of the System V ABI (https://gabi.xinuos.com/elf/02-eheader.html), and the
flags of ELF for the Arm Architecture (https://github.com/ARM-software/abi-aa, aaelf32).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"\x7fELF"
HEADER_BYTES = 20
# With the flags, which tell more of 32-bit Arm only.
FLAGS_BYTES = 40
ARM, SOFT_FLOAT = "armv7l", "soft-float arm"
EABI_VERSION, EABI_5, EF_ARM_ABI_FLOAT_SOFT, EF_ARM_ABI_FLOAT_HARD = (
    0xFF000000,
    0x5000000,
    0x200,
    0x400,
)

# The machine of each wheel architecture: e_machine, bits, byte order.
MACHINES = {
    "x86_64": (62, 64, "little"),
    "i686": (3, 32, "little"),
    "aarch64": (183, 64, "little"),
    "armv7l": (40, 32, "little"),
    "ppc64le": (21, 64, "little"),
    "s390x": (22, 64, "big"),
    "riscv64": (243, 64, "little"),
}


@dataclass(frozen=True)
class Machine:
    """`number` is e_machine; `bits` is 32 or 64; `order` is "little" or "big"."""

    number: int
    bits: int
    order: str

    def __str__(self) -> str:
        """The wheel architecture, or the fields where it is none of those."""
        fields = (self.number, self.bits, self.order)
        known = (name for name, machine in MACHINES.items() if machine == fields)
        return next(known, f"machine {self.number}, {self.bits} bits, {self.order}-endian")


def parse_elf(header: bytes) -> Machine:
    """The machine that an ELF file is for; its first HEADER_BYTES are enough.

    Raises ValueError if it is no ELF file.
    """
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        msg = "not an ELF file"
        raise ValueError(msg)
    bits = {1: 32, 2: 64}.get(header[4])
    order = {1: "little", 2: "big"}.get(header[5])
    if bits is None or order is None:
        msg = f"an ELF file of class {header[4]} and data encoding {header[5]}, which are none"
        raise ValueError(msg)
    (number,) = struct.unpack_from("<H" if order == "little" else ">H", header, 18)
    return Machine(number, bits, order)


def is_soft_float(header: bytes) -> bool:
    """Whether an ELF file says that it passes floating-point numbers as no armv7l wheel may.

    Its first FLAGS_BYTES are enough. Many a file says neither, and is taken for what it should be.
    """
    if len(header) < FLAGS_BYTES or str(parse_elf(header)) != ARM:
        return False
    (flags,) = struct.unpack_from("<I", header, 36)
    marks = flags & (EABI_VERSION | EF_ARM_ABI_FLOAT_SOFT | EF_ARM_ABI_FLOAT_HARD)
    return bool(marks == EABI_5 | EF_ARM_ABI_FLOAT_SOFT)
