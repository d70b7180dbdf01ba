"""The machine that an ELF file is for, from its header.

Facts: the ELF header of the System V ABI (https://gabi.xinuos.com/elf/02-eheader.html).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"\x7fELF"
HEADER_BYTES = 20

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
