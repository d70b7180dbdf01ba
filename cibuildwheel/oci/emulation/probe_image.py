"""An image of programs that only exit 0: what an engine is tried with, before a real pull.

There is one for each platform, and one that starts others.

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

from cibuildwheel.oci.emulation import cpu_check, starter
from cibuildwheel.oci.image.elf import MACHINES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.wanted.platform import Platform

# The flags of the ELF header, where there are any.
FLAGS = {"armv7l": 0x5000200, "ppc64le": 2, "riscv64": 5}
# `exit(0)`
PROGRAMS = {
    "x86_64": "b83c000000 31ff 0f05",  # mov eax, 60; xor edi, edi; syscall
    "i686": "b801000000 31db cd80",  # mov eax, 1; xor ebx, ebx; int 0x80
    "aarch64": "a80b80d2 000080d2 010000d4",  # mov x8, 93; mov x0, 0; svc 0
    "armv7l": "0170a0e3 0000a0e3 000000ef",  # mov r7, 1; mov r0, 0; svc 0
    "ppc64le": "01000038 00006038 02000044",  # li 0, 1; li 3, 0; sc
    "s390x": "a7290000 0a01",  # lghi %r2, 0; svc 1
    "riscv64": "9308d005 13050000 73000000",  # li a7, 93; li a0, 0; ecall
}
STARTER = "/starter"
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


def starter_program(machine: str) -> bytes | None:
    """The executable of `starter` for a wheel architecture; None if there is none."""
    text = starter.PROGRAMS.get(machine)
    return executable(machine, bytes.fromhex(text)) if text else None


def probe_archive(
    platform: Platform, name: str, architectures: Iterable[str], machine: str = ""
) -> bytes:
    """What `docker load` and `podman load` take, to know an image of programs as `name`.

    They are those of the wheel `architectures`, and the starter of `machine`, if there is one; the
    image is labelled `platform`.
    """
    programs = {STARTER: starter_program(machine)}
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
