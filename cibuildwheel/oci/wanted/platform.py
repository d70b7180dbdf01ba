"""An OCI platform as a value, in normal form, and the platform of a build identifier.

Facts: the `platform` object of the OCI image index specification
(https://github.com/opencontainers/image-spec/blob/main/image-index.md), and the normal forms of
https://github.com/containerd/platforms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

LINUX = "linux"

# Names in use for an architecture, and the architecture and variant that they stand for.
ARCHITECTURE_ALIASES = {
    "aarch64": ("arm64", ""),
    "armel": ("arm", "v6"),
    "armhf": ("arm", "v7"),
    "i386": ("386", ""),
    "x86-64": ("amd64", ""),
    "x86_64": ("amd64", ""),
}

# Variants that an architecture has when nothing is said, or by another name.
VARIANT_ALIASES = {
    ("amd64", "v1"): "",
    ("arm", ""): "v7",
    ("arm", "5"): "v5",
    ("arm", "6"): "v6",
    ("arm", "7"): "v7",
    ("arm", "8"): "v8",
    ("arm64", "8"): "",
    ("arm64", "8.0"): "",
    ("arm64", "v8"): "",
    ("arm64", "v8.0"): "",
}

# The architectures that Linux wheels are built for, by the name that ends a build identifier.
WHEEL_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "i686": ("386", ""),
    "aarch64": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "ppc64le": ("ppc64le", ""),
    "s390x": ("s390x", ""),
    "riscv64": ("riscv64", ""),
}

# The architectures whose variants are one instruction set, of which a processor has more or less.
GRADED = ("amd64", "arm64")

# What may stand for a platform by itself.
ALONE = {*ARCHITECTURE_ALIASES, *(names[0] for names in WHEEL_ARCHITECTURES.values())}

# What else a machine may run without emulation, by its own architecture and variant.
# An arm64 processor may lack the 32-bit instruction set, so this is "may", not "can".
ALSO_NATIVE = {
    ("amd64", ""): (("386", ""),),
    ("arm64", ""): (("arm", "v8"), ("arm", "v7"), ("arm", "v6"), ("arm", "v5")),
    ("arm", "v8"): (("arm", "v7"), ("arm", "v6"), ("arm", "v5")),
    ("arm", "v7"): (("arm", "v6"), ("arm", "v5")),
    ("arm", "v6"): (("arm", "v5"),),
}

_COMPONENT = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_LINUX_TAG = re.compile(r"(?:many|musl)linux_(?P<architecture>\w+)")


@dataclass(frozen=True, order=True)
class Platform:
    """An operating system, an architecture and its variant (`""` for none), in normal form.

    Two platforms are equal if, and only if, they name the same one: `Platform("linux", "aarch64",
    "v8") == Platform("linux", "arm64")`. Nothing is taken for compatible: linux/arm/v7 is not
    linux/arm64, though an arm64 machine may run it (see `may_run_natively`).
    """

    os: str
    architecture: str
    variant: str = ""

    def __post_init__(self) -> None:
        architecture, variant = self.architecture.lower(), self.variant.lower()
        architecture, implied = ARCHITECTURE_ALIASES.get(architecture, (architecture, ""))
        variant = variant or implied
        object.__setattr__(self, "os", self.os.lower())
        object.__setattr__(self, "architecture", architecture)
        object.__setattr__(self, "variant", VARIANT_ALIASES.get((architecture, variant), variant))

    def __str__(self) -> str:
        """The platform as engines take it: `os/architecture` or `os/architecture/variant`."""
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


def parse_platform(text: str) -> Platform:
    """The platform that a `--platform` value names: `linux/arm/v7`, or `arm64` for linux/arm64.

    Raises ValueError if it is not of that form, or a word alone that is no architecture that wheels
    are built for: engines take an operating system alone for that of the machine they run on.
    """
    components = text.lower().split("/")
    if not all(_COMPONENT.fullmatch(c) for c in components) or len(components) > 3:
        msg = f"{text!r} is not a platform: expected os/architecture or os/architecture/variant"
        raise ValueError(msg)
    if len(components) == 1:
        if components[0] not in ALONE:
            msg = f"{text!r} is not a platform: expected one such as linux/arm64 or linux/arm/v7"
            raise ValueError(msg)
        components.insert(0, LINUX)
    return Platform(*components)


def platform_of_identifier(identifier: str) -> Platform:
    """The platform that a Linux build identifier such as `cp313-manylinux_aarch64` is built on.

    Raises ValueError for an identifier that is not a Linux one.
    """
    _, _, tag = identifier.partition("-")
    match = _LINUX_TAG.fullmatch(tag)
    if match is None or match["architecture"] not in WHEEL_ARCHITECTURES:
        msg = (
            f"{identifier!r} is not a Linux build identifier: expected "
            f"<python>-manylinux_<arch> or <python>-musllinux_<arch>, "
            f"<arch> one of {', '.join(WHEEL_ARCHITECTURES)}"
        )
        raise ValueError(msg)
    return Platform(LINUX, *WHEEL_ARCHITECTURES[match["architecture"]])


def wheel_architecture(platform: Platform) -> str | None:
    """The inverse: the architecture that ends the identifiers built on `platform`, if any are."""
    for name, (architecture, variant) in WHEEL_ARCHITECTURES.items():
        if platform == Platform(LINUX, architecture, variant):
            return name
    return None


def needs_more(platform: Platform, than: Platform) -> bool:
    """Whether `platform` is `than` but for what it may need of the processor: amd64/v2 for amd64.

    Their wheels have one name, and what a processor lacks is found at the first instruction.
    """
    graded = not than.variant and than.architecture in GRADED
    return graded and platform != than and replace(platform, variant="") == than


def may_run_natively(engine: Platform) -> tuple[Platform, ...]:
    """The platforms that an engine on the platform `engine` may run without emulation.

    Its own comes first. For arm64 the 32-bit ones depend on the processor.
    """
    also = ALSO_NATIVE.get((engine.architecture, engine.variant), ())
    return (engine, *(Platform(engine.os, *names) for names in also))
