"""A root file system like that of a manylinux image, whose gcc lives under `/opt/rh`.

As in the official images, which take it from a toolset of Red Hat's; here it is Debian's, moved.
Gcc finds what belongs to it from where it is itself.
"""

import re
import tarfile
from collections.abc import Iterator
from functools import cache

from tools.cache import made_by
from tools.images.base import TRIXIE, base, cached_layer
from tools.images.document import Content
from tools.images.layer import Layer, Member, file, link
from tools.images.manylinux import config, manylinux

ROOT = "opt/rh/gcc-toolset-14/root"
PLACES = re.compile(
    r"usr/(?:bin/(?:[\w-]+-)?(?:gcc|g\+\+|cpp)(?:-14)?|lib(?:exec)?/gcc|include/(?:[\w-]+/)?c\+\+)"
    r"(?=/|$)"
)
# A link from there to the libraries of the system, none to what is moved as well.
TO_LIBRARIES = re.compile(r"\.\./\.\./\.\./(?=\w)")


@cache
def toolset(platform: str) -> Content:
    """The content of `platform`. Raises ImageError if what it is made of can't be had."""
    content = manylinux(platform)
    path = f"/{ROOT}/usr/bin:/usr/local/bin:/usr/bin:/bin"
    layers = (*content.layers, _moved(base(platform, TRIXIE)))
    return Content(layers, config(platform, TRIXIE.policy, PATH=path))


def _moved(unpacked: Layer) -> Layer:
    recipe = {"of": unpacked.diff_id, "made by": made_by(__file__)}

    def members() -> Iterator[Member]:
        tops = set()
        with unpacked.blob.open() as data, tarfile.open(fileobj=data, mode="r|gz") as tar:
            for info in tar:
                if place := PLACES.match(info.name):
                    tops.add(place[0])
                    yield _as_moved(tar, info)
        for name in ("cc", "c++"):
            yield link(f"{ROOT}/usr/bin/{name}", {"cc": "gcc", "c++": "g++"}[name])
        for top in sorted(tops):
            folder, _, name = top.rpartition("/")
            yield file(f"{folder}/.wh.{name}", b"")  # takes it out of the layers below

    return cached_layer("toolset", recipe, members)


def _as_moved(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    data = tar.extractfile(info) if info.isreg() else None
    if info.islnk():
        info.linkname = f"{ROOT}/{info.linkname}"
    else:
        info.linkname = TO_LIBRARIES.sub("/usr/lib/", info.linkname, count=1)
    info.name = f"{ROOT}/{info.name}"
    return Member(info, data or b"")
