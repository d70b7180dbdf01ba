"""An image that holds a cross compiler of Debian's, as a user of `native-tools` makes one.

FROM debian:trixie
RUN apt-get update && apt-get install --yes g++-aarch64-linux-gnu
"""

from collections.abc import Iterator
from functools import cache

from tools.images.base import TRIXIE, cached_layer, clean
from tools.images.debian import unpacked
from tools.images.document import Content
from tools.images.layer import Layer, Member
from tools.images.manylinux import config
from tools.images.ports import port

SHELL = ["base-files", "bash", "coreutils", "dash", "libc-bin", "tar"]
COMPILER = "g++-aarch64-linux-gnu"


@cache
def cross(platform: str) -> Content:
    """The content of `platform`. Raises ImageError if what it is made of can't be had."""
    return Content((_layer(platform),), config(platform, TRIXIE.policy))


def _layer(platform: str) -> Layer:
    architecture, packages = port(platform).debian, [*SHELL, COMPILER]
    recipe = {"suite": TRIXIE.name, "architecture": architecture, "packages": packages}

    def members() -> Iterator[Member]:
        with unpacked(architecture, TRIXIE.name, packages) as tar:
            named = (info for info in tar if info.name.removeprefix("./") not in {"", "."})
            yield from (clean(tar, info) for info in named if "/share/" not in info.name)

    return cached_layer("cross", recipe, members)
