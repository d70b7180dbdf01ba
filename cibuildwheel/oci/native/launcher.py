"""A program that starts another with arguments before its own, in a few instructions.

Build systems take a compiler that is one path. A script that adds arguments is run by a shell of
the container, an emulated one, in more time than the compiler itself takes for a small file.

Facts: the stack of a new process (System V ABI, https://gitlab.com/x86-psABIs/x86-64-ABI, and
https://github.com/ARM-software/abi-aa), the system calls of `man 2 syscall`, and the encodings of
Intel's and Arm's manuals.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.probe_image import ADDRESS, START, executable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FAILED = 127  # a shell's code for a program that is not there


def launcher(architecture: str, program: str, arguments: Sequence[str]) -> bytes:
    """A static ELF executable that becomes `program`, called with `arguments`, then its own.

    The first of `arguments` is the name that `program` is called by. Raises KeyError for an
    `architecture` that is none of LAUNCHERS.
    """
    write = LAUNCHERS[architecture]
    words = [word.encode() + b"\0" for word in (program, *arguments)]
    code = write([0] * len(words))
    at, places = ADDRESS + START[64] + len(code), []
    for word in words:
        places.append(at)
        at += len(word)
    return executable(architecture, write(places) + b"".join(words))


def _x86_64(places: Sequence[int]) -> bytes:
    program, *arguments = places
    pushed = (b"\x68" + struct.pack("<I", at) for at in reversed(arguments))
    return b"".join(
        (
            bytes.fromhex("488b0c24"),  # mov rcx, [rsp]: argc
            bytes.fromhex("488d54cc10"),  # lea rdx, [rsp+rcx*8+16]: the environment
            bytes.fromhex("4883c410"),  # add rsp, 16: behind argv[0]
            *pushed,  # push
            bytes.fromhex("4889e6"),  # mov rsi, rsp
            b"\xbf" + struct.pack("<I", program),  # mov edi
            bytes.fromhex("b83b000000 0f05"),  # execve
            bytes.fromhex("bf") + struct.pack("<I", FAILED),  # mov edi
            bytes.fromhex("b83c000000 0f05"),  # exit
        )
    )


def _aarch64(places: Sequence[int]) -> bytes:
    program, *arguments = places
    words = [
        0xF94003E3,  # ldr x3, [sp]: argc
        0x8B236FE2,  # add x2, sp, x3, lsl 3
        0x91004042,  # add x2, x2, 16: the environment
        0x910043E1,  # add x1, sp, 16: behind argv[0]
    ]
    for at in reversed(arguments):
        words += [*_move(4, at), 0xF81F8C24]  # str x4, [x1, -8]!
    words += [*_move(0, program), *_move(8, 221)[:1], 0xD4000001]  # execve
    words += [*_move(0, FAILED)[:1], *_move(8, 93)[:1], 0xD4000001]  # exit
    return struct.pack(f"<{len(words)}I", *words)


def _move(register: int, value: int) -> tuple[int, int]:
    """The movz and the movk, of bits 16 to 31, that put `value` into `register`."""
    low, high = value & 0xFFFF, value >> 16
    return 0xD2800000 | low << 5 | register, 0xF2A00000 | high << 5 | register


LAUNCHERS: dict[str, Callable[[Sequence[int]], bytes]] = {"x86_64": _x86_64, "aarch64": _aarch64}
