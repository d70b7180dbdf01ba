"""A program that tells whether the emulator that runs it is one that minds `QEMU_CPU`.

Run with the value to be tried, it writes READY and runs the plain probe with a CPU that there is
not. QEMU then refuses to start and exits 1; whoever does not know the variable exits 0.
A QEMU that does not know the value itself refuses to start this program, which writes nothing.

For arm64 it runs itself in between, with an argument and without a value, and exits 3 where the
CPU that is QEMU's own choice signs no addresses: so it is since QEMU 11, and any other is slower.

Facts: the system call ABI of `man 2 syscall`, the stack of a new process of `man 3 getauxval`,
HWCAP_PACA (https://docs.kernel.org/arch/arm64/elf_hwcaps.html), and the encodings of the Arm
Architecture Reference Manual and of The RISC-V Instruction Set Manual, Volume I.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.process import Answer

READY = "ready\n"
NO_SUCH_CPU = "QEMU_CPU=no-such-cpu"
REFUSED = 1

# What comes before the data. An address is that of the data (x19, s1), plus an offset in it.
PROGRAMS = {
    "aarch64": (
        "13040010 f40340f9 9f0600f1 81010054"  # adr x19, 128; if argc != 1, go to "second"
        "080880d2 200080d2 e10313aa c20080d2 010000d4"  # write(1, x19, 6)
        "a81b80d2 60220091 61e20091 62220191 010000d4"  # execve(x19+8, x19+56, x19+72)
        "0c000014"  # go to exit(2)
        "e2a30091"  # second: x2 = the auxiliary vector
        "4004c1a8 600100b4 1f4000f1 a1ffff54"  # look for AT_HWCAP; if there is none, go to exit(3)
        "0101f036"  # if it has no HWCAP_PACA, go to exit(3)
        "a81b80d2 60820091 61420191 62820191 010000d4"  # execve(x19+32, x19+80, x19+96)
        "400080d2 02000014 600080d2"  # x0 = 2, or 3
        "a80b80d2 010000d4"  # exit(x0)
        "00000000"
    ),
    "riscv64": (
        "97040000 93840404"  # auipc s1, 0; addi s1, s1, 64
        "13051000 93850400 13066000 93080004 73000000"  # write(1, s1, 6)
        "13850402 93850405 13860406 9308d00d 73000000"  # execve(s1+32, s1+80, s1+96)
        "13052000 9308d005 73000000"  # exit(2)
        "00000000"
    ),
}


def text(architecture: str, address: int, own: str, plain: str) -> bytes | None:
    """The code and data of the program, to be loaded at `address`; None if there is none.

    `own` is its path, `plain` that of the plain probe, each of at most 23 bytes.
    """
    if architecture not in PROGRAMS:
        return None
    code = bytes.fromhex(PROGRAMS[architecture])
    data = address + len(code)
    own_path, plain_path, variable = (data + offset for offset in (8, 32, 112))
    head = struct.pack("8s24s24s", READY.encode(), own.encode(), plain.encode())
    pointers = struct.pack("<QQQQQQQ", own_path, own_path, 0, plain_path, 0, variable, 0)
    return code + head + pointers + NO_SUCH_CPU.encode() + b"\0"


def ran(answer: Answer) -> bool:
    """Whether the program was run, with the value that was to be tried."""
    return answer.stdout == READY


def minds(answer: Answer) -> bool:
    """Whether the emulator took the value, as QEMU does, and its own choice is a slow one."""
    return ran(answer) and answer.returncode == REFUSED
