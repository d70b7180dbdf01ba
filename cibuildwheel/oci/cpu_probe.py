"""A program that tells whether the emulator that runs it is one that minds `QEMU_CPU`.

Run with the value to be tried, it writes READY and runs the plain probe with a CPU that there is
not. QEMU then refuses to start and exits 1; whoever does not know the variable exits 0.
A QEMU that does not know the value itself refuses to start this program, which writes nothing.

Facts: the system call ABI of `man 2 syscall`, and the encodings of the Arm Architecture Reference
Manual and of The RISC-V Instruction Set Manual, Volume I.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cibuildwheel.oci.engine import Answer

READY = "ready\n"
NO_SUCH_CPU = "QEMU_CPU=no-such-cpu"
REFUSED = 1

# What comes before the data. An address is that of the data (x19, s1), plus an offset in it.
PROGRAMS = {
    "aarch64": (
        "13020010"  # adr x19, 64
        "080880d2 200080d2 e10313aa c20080d2 010000d4"  # write(1, x19, 6)
        "a81b80d2 60220091 61820091 62c20091 010000d4"  # execve(x19+8, x19+32, x19+48)
        "a80b80d2 400080d2 010000d4"  # exit(2)
        "00000000 00000000"
    ),
    "riscv64": (
        "97040000 93840404"  # auipc s1, 0; addi s1, s1, 64
        "13051000 93850400 13066000 93080004 73000000"  # write(1, s1, 6)
        "13858400 93850402 13860403 9308d00d 73000000"  # execve(s1+8, s1+32, s1+48)
        "13052000 9308d005 73000000"  # exit(2)
        "00000000"
    ),
}


def text(architecture: str, address: int, plain: str) -> bytes | None:
    """The code and data of the program, to be loaded at `address`; None if there is none.

    `plain` is the path of the plain probe, of at most 23 bytes.
    """
    if architecture not in PROGRAMS:
        return None
    code = bytes.fromhex(PROGRAMS[architecture])
    data = address + len(code)
    path, variable = data + 8, data + 64
    head = struct.pack("8s24s", READY.encode(), plain.encode())
    pointers = struct.pack("<QQQQ", path, 0, variable, 0)
    return code + head + pointers + NO_SUCH_CPU.encode() + b"\0"


def minds(answer: Answer) -> bool:
    """Whether the emulator took the value that it was tried with, as QEMU does."""
    return answer.stdout == READY and answer.returncode == REFUSED
