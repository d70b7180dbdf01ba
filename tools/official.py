"""The official manylinux and musllinux images, as the pinned release names them."""

from configparser import ConfigParser
from dataclasses import dataclass

from cibuildwheel.util import resources
from tools.images.ports import PORTS


@dataclass(frozen=True)
class Official:
    """An image: the short name that options take, its reference, and what it is for."""

    name: str
    reference: str
    platform: str

    def __str__(self) -> str:
        """As the identifier of a test."""
        return f"{self.name}-{self.platform}"


def official() -> list[Official]:
    """Every image that upstream would use for one of the seven architectures, by digest."""
    pinned = ConfigParser(inline_comment_prefixes="#")
    with resources.PINNED_DOCKER_IMAGES.open(encoding="utf-8") as file:
        pinned.read_file(file)
    return [
        Official(name, reference, platform)
        for platform, port in PORTS.items()
        for name, reference in pinned[port.machine].items()
    ]
