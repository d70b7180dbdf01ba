"""The cells of the matrix, but for the engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from tools.images.ports import PLATFORMS
from tools.images.shapes import SHAPES

MISSING = "missing"
"""What is no shape of an image: a tag that the registry does not have."""

STATES = {
    "fresh": "the engine has nothing of the tag",
    "other": "the engine has another platform of the tag, pulled with its own command",
    "offline": "the engine has what a run before, or else its own pull, left; no registry answers",
    "both": "the engine has pulled the platform by tag, and then another one",
    "by-digest": "the image is named by digest, and was pulled so",
    "moved": "a run before used the tag when it was a right image; now it is what the shape says",
}
SHAPE_NAMES = (*SHAPES, MISSING)


@dataclass(frozen=True, order=True)
class Case:
    """A container that is wanted: on `platform`, from an image of `shape`, in `state`."""

    state: str
    shape: str
    platform: str

    def __str__(self) -> str:
        """As the identifier of a test."""
        return f"{self.state}-{self.shape}-{self.platform}"

    @property
    def tag(self) -> str:
        """The tag of an image that no other case uses."""
        return f"{self.state}-{self.shape}-{self.platform.replace('/', '-')}"


def exists(shape: str, platform: str) -> bool:
    """Whether there is such a thing as `shape` for `platform`."""
    return shape == MISSING or platform in SHAPES[shape].platforms


def cases(
    states: Iterable[str] = STATES,
    shapes: Iterable[str] = SHAPE_NAMES,
    platforms: Iterable[str] = PLATFORMS,
) -> list[Case]:
    """Every case of `states`, `shapes` and `platforms`, also those that there is no image for."""
    shapes, platforms = tuple(shapes), tuple(platforms)
    return [
        Case(state, shape, platform)
        for state in states
        for shape in shapes
        for platform in platforms
    ]
