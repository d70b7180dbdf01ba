"""The program `uv`, which manylinux images have and some projects build with."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from tools.images.base import cached_layer
from tools.images.layer import Layer, Member, file
from tools.images.ports import port
from tools.images.wheels import wheels

REQUIREMENTS = Path(__file__).with_name("requirements-uv.txt")


def uv(platform: str) -> Layer:
    """The layer for `platform`. Raises ImageError if the package index has no such wheel."""
    machine = port(platform).machine

    def members() -> Iterator[Member]:
        (wheel,) = wheels(REQUIREMENTS, machine).glob("*.whl")
        with ZipFile(wheel) as archive:
            for name in archive.namelist():
                path = PurePosixPath(name)
                if path.parent.match("*.data/scripts"):
                    yield file(f"usr/local/bin/{path.name}", archive.read(name), 0o755)

    return cached_layer("uv", {"wheel": REQUIREMENTS.read_text(), "machine": machine}, members)
