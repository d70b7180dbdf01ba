"""Images that hold a cross compiler of Debian's, as a user of `native-tools` makes one.

FROM debian:trixie
RUN apt-get update && apt-get install --yes g++-aarch64-linux-gnu
"""

from collections.abc import Iterator
from functools import cache, partial

from tools.images.base import TRIXIE, cached_layer, clean
from tools.images.debian import unpacked
from tools.images.document import Content
from tools.images.layer import Layer, Member
from tools.images.manylinux import config
from tools.images.ports import port
from tools.images.shapes import Contents

SHELL = ["base-files", "bash", "coreutils", "dash", "libc-bin", "tar"]
# What Debian's packages call the machine that is compiled for, by its platform.
MACHINES = {
    "linux/arm64": "aarch64-linux-gnu",
    "linux/arm/v7": "arm-linux-gnueabihf",
    "linux/ppc64le": "powerpc64le-linux-gnu",
    "linux/s390x": "s390x-linux-gnu",
    "linux/riscv64": "riscv64-linux-gnu",
}


def cross(target: str) -> Contents:
    """What has, for a platform, the content of an image whose gcc compiles for `target`.

    That raises ImageError if what it is made of can't be had.
    """
    return partial(_content, target)


@cache
def _content(target: str, platform: str) -> Content:
    return Content((_layer(target, platform),), config(platform, TRIXIE.policy))


def _layer(target: str, platform: str) -> Layer:
    architecture, packages = port(platform).debian, [*SHELL, f"g++-{MACHINES[target]}"]
    recipe = {"suite": TRIXIE.name, "architecture": architecture, "packages": packages}

    def members() -> Iterator[Member]:
        with unpacked(architecture, TRIXIE.name, packages) as tar:
            named = (info for info in tar if info.name.removeprefix("./") not in {"", "."})
            yield from (clean(tar, info) for info in named if "/share/" not in info.name)

    return cached_layer("cross", recipe, members)
