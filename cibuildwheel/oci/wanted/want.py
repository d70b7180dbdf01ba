"""What a container is wanted for: an image, a platform, and the builds that will run in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cibuildwheel.oci.wanted.address import Address, EngineName
from cibuildwheel.oci.wanted.platform import LINUX, Platform, needs_more
from cibuildwheel.oci.wanted.pull import NO_WORD, Pull
from cibuildwheel.oci.wanted.reference import from_registry, transport

I686 = Platform(LINUX, "386")
AMD64 = Platform(LINUX, "amd64")


@dataclass(frozen=True)
class Want:
    """One container of a run.

    `label` is the user's word for the platform that the image claims to be of, where that is not
    the platform of its content (the option `image-platform`). `pull` is how it is to be pulled, by
    `create_args`. `tools` are those of `native-tools`, for where the platform is emulated; none of
    the builds has a use for `idle_tools`. `context` is the engine's, `""` for what its command uses
    by itself; `contexts` are those of which the best is to be chosen, if any.
    """

    engine: EngineName
    image: str
    platform: Platform
    identifiers: tuple[str, ...] = ()
    label: Platform | None = None
    pull: Pull = NO_WORD
    tools: tuple[str, ...] = ()
    idle_tools: tuple[str, ...] = ()
    context: str = ""
    contexts: tuple[str, ...] = ()

    @property
    def address(self) -> Address:
        """Where its engine is."""
        return Address(self.engine, self.context)

    @property
    def labels(self) -> tuple[Platform, ...]:
        """The platforms that the image may claim, the best first.

        Before August 2024 the i686 images of manylinux claimed to be amd64, so an i686 build
        takes that too (https://github.com/pypa/manylinux/issues/1640).
        """
        if self.label:
            return (self.label,)
        return (I686, AMD64) if self.platform == I686 else (self.platform,)

    @property
    def transport(self) -> str:
        """Where podman takes the image from, if that is no registry; `""` if it may be one."""
        return transport(self.image) if self.engine == "podman" else ""

    def names(self, claim: Platform | None) -> bool:
        """Whether `claim` is the best of the labels, or all that podman tells of it: no variant."""
        best = self.labels[0]
        return claim is not None and (claim == best or needs_more(best, claim))

    def takes(self, claim: Platform | None) -> bool:
        """Whether an image that claims to be that will do where there is none with a better label.

        One that claims nothing does: its content is proved, as that of any image.
        """
        if claim is None or claim in self.labels or self.names(claim):
            return True
        return needs_more(claim, self.labels[0])

    def __str__(self) -> str:
        """Who wants it, for a message."""
        return who_wants(self.identifiers)

    @property
    def option(self) -> str:
        """The option that names the image, such as `manylinux-aarch64-image`; `""` if none does."""
        tag = self.identifiers[0].partition("-")[2] if self.identifiers else ""
        return f"{tag.replace('_', '-', 1)}-image" if tag else ""


def tidy(want: Want) -> Want:
    """`want` without white space around the image, or podman's word for a registry before it."""
    image = want.image.strip()
    return replace(want, image=from_registry(image) if want.engine == "podman" else image)


def who_wants(identifiers: tuple[str, ...]) -> str:
    """Build identifiers in a few words; none are those of a container on its own."""
    match identifiers:
        case ():
            return "this container"
        case (only,):
            return only
    first, *others = identifiers
    return f"{first} and {len(others)} more"
