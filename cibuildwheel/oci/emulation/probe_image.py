"""An image of programs that do next to nothing: what an engine is tried with, before a real pull.

There is one for each platform. Given the paths of others, a program runs the first of them with the
rest, and exits with their number if it can't. The last one exits 0, so many are tried by one
container.

Facts: the ELF header and program header of the System V ABI
(https://gabi.xinuos.com/elf/02-eheader.html), the system call ABI of each architecture (`man 2
syscall`), and the archive that `docker load` takes
(https://github.com/moby/docker-image-spec/blob/main/spec.md).
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation import cpu_check
from cibuildwheel.oci.image.elf import MACHINES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.wanted.platform import Platform

# The flags of the ELF header, where there are any.
FLAGS = {"armv7l": 0x5000200, "ppc64le": 2, "riscv64": 5}
# `execve(argv[1], argv + 1, envp); exit(argc - 1)`. All three are on the stack of a new process
# (`man 3 getauxval`).
PROGRAMS = {
    "x86_64": (
        "488b7c2410 488d742410"  # mov rdi, [rsp+16]; lea rsi, [rsp+16]
        "488b0424 488d54c410"  # mov rax, [rsp]; lea rdx, [rsp+8*rax+16]
        "b83b000000 0f05"  # mov eax, 59; syscall
        "488b3c24 ffcf b83c000000 0f05"  # mov rdi, [rsp]; dec edi; mov eax, 60; syscall
    ),
    "i686": (
        "8b5c2408 8d4c2408"  # mov ebx, [esp+8]; lea ecx, [esp+8]
        "8b1424 8d549408"  # mov edx, [esp]; lea edx, [esp+4*edx+8]
        "b80b000000 cd80"  # mov eax, 11; int 0x80
        "8b1c24 4b b801000000 cd80"  # mov ebx, [esp]; dec ebx; mov eax, 1; int 0x80
    ),
    "aarch64": (
        "e00b40f9 e1430091"  # ldr x0, [sp, 16]; add x1, sp, 16
        "e20340f9 220c028b"  # ldr x2, [sp]; add x2, x1, x2, lsl 3
        "a81b80d2 010000d4"  # mov x8, 221; svc 0
        "e00340f9 000400d1 a80b80d2 010000d4"  # ldr x0, [sp]; sub x0, x0, 1; mov x8, 93; svc 0
    ),
    "armv7l": (
        "08009de5 08108de2"  # ldr r0, [sp, 8]; add r1, sp, 8
        "00209de5 022181e0"  # ldr r2, [sp]; add r2, r1, r2, lsl 2
        "0b70a0e3 000000ef"  # mov r7, 11; svc 0
        "00009de5 010040e2 0170a0e3 000000ef"  # ldr r0, [sp]; sub r0, r0, 1; mov r7, 1; svc 0
    ),
    "ppc64le": (
        "100061e8 10008138"  # ld 3, 16(1); addi 4, 1, 16
        "0000a1e8 241fa578 1422a57c"  # ld 5, 0(1); sldi 5, 5, 3; add 5, 5, 4
        "0b000038 02000044"  # li 0, 11; sc
        "000061e8 ffff6338 01000038 02000044"  # ld 3, 0(1); addi 3, 3, -1; li 0, 1; sc
    ),
    "s390x": (
        "e320f0100004 4130f010"  # lg %r2, 16(%r15); la %r3, 16(%r15)
        "e340f0000004 eb440003000d b9080043"  # lg %r4, 0(%r15); sllg %r4, %r4, 3; agr %r4, %r3
        "0a0b"  # svc 11
        "e320f0000004 a72bffff 0a01"  # lg %r2, 0(%r15); aghi %r2, -1; svc 1
    ),
    "riscv64": (
        "03350101 93050101"  # ld a0, 16(sp); addi a1, sp, 16
        "03360100 13163600 3306b600"  # ld a2, 0(sp); slli a2, a2, 3; add a2, a2, a1
        "9308d00d 73000000"  # li a7, 221; ecall
        "03350100 1305f5ff 9308d005 73000000"  # ld a0, 0(sp); addi a0, a0, -1; li a7, 93; ecall
    ),
}
# Some kernels keep the lowest addresses free (`vm.mmap_min_addr`). A page has at most 64 kB.
ADDRESS, ALIGNMENT = 0x400000, 0x10000
START = {32: 52 + 32, 64: 64 + 56}  # behind the headers of the file and of its one segment
EXECUTABLE, LOADED, READ_AND_EXECUTE = 2, 1, 5


def path_of(architecture: str) -> str:
    """Where the plain program of a wheel architecture, such as `aarch64`, is in the image."""
    return f"/probe-{architecture}"


def cpu_path_of(architecture: str) -> str:
    """Where the program of `cpu_check` for a wheel architecture is in the image."""
    return f"/cpu-probe-{architecture}"


def program(architecture: str) -> bytes:
    """The plain program of a wheel architecture: a static ELF executable."""
    return executable(architecture, bytes.fromhex(PROGRAMS[architecture]))


def cpu_program(architecture: str) -> bytes | None:
    """The executable of `cpu_check`, to be found beside the plain one; None if there is none."""
    _, bits, _ = MACHINES[architecture]
    paths = cpu_path_of(architecture), path_of(architecture)
    text = cpu_check.text(architecture, ADDRESS + START[bits], *paths)
    return executable(architecture, text) if text else None


def executable(architecture: str, text: bytes) -> bytes:
    """A static ELF executable for a wheel architecture that begins with the code `text`."""
    number, bits, order = MACHINES[architecture]
    flags = FLAGS.get(architecture, 0)
    byte_order, word = ("<" if order == "little" else ">"), ("Q" if bits == 64 else "I")
    # half-words, offsets and flags in the order of each class
    header = struct.Struct(f"{byte_order}16sHHI{word * 3}IHHHHHH")
    segment = struct.Struct(byte_order + ("IIQQQQQQ" if bits == 64 else "IIIIIIII"))
    start = START[bits]
    identification = struct.pack(
        "4sBBB9x", b"\x7fELF", bits // 32, 1 if byte_order == "<" else 2, 1
    )
    size = start + len(text)
    sizes = (header.size, segment.size, 1, 0, 0, 0)
    head = header.pack(
        *(identification, EXECUTABLE, number, 1, ADDRESS + start, header.size, 0, flags, *sizes)
    )
    place = (0, ADDRESS, ADDRESS, size, size)
    loaded = (
        segment.pack(LOADED, READ_AND_EXECUTE, *place, ALIGNMENT)
        if bits == 64
        else segment.pack(LOADED, *place, READ_AND_EXECUTE, ALIGNMENT)
    )
    return head + loaded + text


def probe_archive(platform: Platform, name: str, architectures: Iterable[str]) -> bytes:
    """What `docker load` and `podman load` take, to know an image of programs as `name`.

    They are those of the wheel `architectures`; the image is labelled `platform`.
    """
    programs: dict[str, bytes | None] = {}
    for architecture in architectures:
        programs[path_of(architecture)] = program(architecture)
        programs[cpu_path_of(architecture)] = cpu_program(architecture)
    layer = _tar({path[1:]: content for path, content in programs.items() if content})
    fields = {"architecture": platform.architecture, "variant": platform.variant}
    config = {
        **{key: value for key, value in fields.items() if value},
        "os": platform.os,
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    entry = {"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}
    documents = {"config.json": config, "manifest.json": [entry]}
    encoded = {path: json.dumps(document).encode() for path, document in documents.items()}
    return _tar({**encoded, "layer.tar": layer})


def _tar(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.mode, member.size = 0o755, len(content)
            tar.addfile(member, io.BytesIO(content))
    return target.getvalue()
