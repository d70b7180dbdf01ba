"""A root file system like that of a manylinux image, with Debian's Rust."""

from collections.abc import Iterator
from functools import cache

from tools.images.base import TRIXIE, cached_layer, clean
from tools.images.debian import unpacked
from tools.images.document import Content
from tools.images.layer import Layer, Member
from tools.images.manylinux import manylinux
from tools.images.ports import port

PACKAGES = ["cargo"]
PLACES = ("./usr/bin/cargo", "./usr/bin/rust", "./usr/lib/")


@cache
def rust(platform: str) -> Content:
    """The content of `platform`. Raises ImageError if what it is made of can't be had."""
    content = manylinux(platform)
    return Content((*content.layers, _layer(platform)), content.config)


def _layer(platform: str) -> Layer:
    architecture = port(platform).debian
    recipe = {"suite": TRIXIE.name, "architecture": architecture, "packages": PACKAGES}

    def members() -> Iterator[Member]:
        with unpacked(architecture, TRIXIE.name, PACKAGES) as tar:
            yield from (clean(tar, info) for info in tar if info.name.startswith(PLACES))

    return cached_layer("rust", recipe, members)
