"""The C library musl with its headers and its compiler, by the names that Alpine has for it.

Wheels for musllinux are linked to `libc.musl-ARCH.so.1` (auditwheel knows no other name), which
Debian's package calls `libc.so`.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

from tools.cache import made_by
from tools.images.base import Suite, cached_layer, clean
from tools.images.debian import unpacked
from tools.images.layer import Layer, Member, file, link
from tools.images.ports import port


@dataclass(frozen=True)
class Names:
    """What a platform is called in Debian's and GNU's paths, by Zig and by Alpine."""

    triplet: str
    zig: str
    alpine: str


def _names(machine: str) -> Names:
    triplet = f"{machine}-linux-musl"
    return Names(triplet, triplet, machine)


NAMES = {
    "linux/amd64": _names("x86_64"),
    "linux/386": Names("i386-linux-musl", "x86-linux-musl", "x86"),
    "linux/arm64": _names("aarch64"),
    "linux/arm/v7": Names("arm-linux-musleabihf", "arm-linux-musleabihf", "armv7"),
    "linux/ppc64le": Names("powerpc64le-linux-musl", "powerpc64le-linux-musl", "ppc64le"),
    "linux/s390x": _names("s390x"),
    "linux/riscv64": _names("riscv64"),
}
PACKAGES = ["musl", "musl-dev", "musl-tools"]


def musl(platform: str, suite: Suite) -> Layer:
    """The layer for `platform`, on top of a compiler.

    Raises ImageError if Debian can't be reached.
    """
    architecture = port(platform).debian
    recipe = {
        "suite": suite.name,
        "architecture": architecture,
        "packages": PACKAGES,
        "made by": made_by(__file__),
    }

    def members() -> Iterator[Member]:
        with unpacked(architecture, suite.name, PACKAGES) as tar:
            for info in tar:
                if "musl" in info.name and "/share/" not in info.name and not info.isdir():
                    yield from as_alpine(clean(tar, info), NAMES[platform])

    return cached_layer("musl", recipe, members)


def as_alpine(member: Member, names: Names) -> Iterator[Member]:
    """What takes the place of a `member` of Debian's packages."""
    folder, name = f"usr/lib/{names.triplet}", f"libc.musl-{names.alpine}.so.1"
    info = copy(member.info)
    if info.name == f"{folder}/libc.so":
        info.name = f"{folder}/{name}"
        yield link(f"usr/lib/{name}", f"{names.triplet}/{name}")
        yield file(f"{folder}/libc.so", f"INPUT(-l:{name})\n".encode())  # for the linker
    elif info.linkname == f"{names.triplet}/libc.so":  # the loader
        info.linkname = f"{names.triplet}/{name}"
    yield Member(info, member.data)
