"""The platforms that images are made for, and what Debian calls them."""

from dataclasses import dataclass

from tools.images.errors import ImageError


@dataclass(frozen=True)
class Port:
    """A Debian port: its architecture, and the newest stable suite that has it.

    `machine` is the architecture as `uname -m` and wheel tags name it.
    """

    debian: str
    machine: str
    suite: str = "trixie"


# By platform, in the order of the wheel architectures in upstream's documentation.
PORTS = {
    "linux/amd64": Port("amd64", "x86_64"),
    "linux/386": Port("i386", "i686"),
    "linux/arm64": Port("arm64", "aarch64"),
    "linux/arm/v7": Port("armhf", "armv7l"),
    "linux/ppc64le": Port("ppc64el", "ppc64le"),
    "linux/s390x": Port("s390x", "s390x"),
    "linux/riscv64": Port("riscv64", "riscv64"),
}

# Platforms that no wheel is built for.
OTHER_PORTS = {
    "linux/arm/v6": Port("armel", "armv6l", suite="bookworm"),
    "linux/mips64le": Port("mips64el", "mips64", suite="bookworm"),
}

PLATFORMS = tuple(PORTS)


def port(platform: str) -> Port:
    """The Debian port of `platform`. Raises ImageError if there is none."""
    known = PORTS | OTHER_PORTS
    if platform not in known:
        msg = f"no root file system can be made for {platform!r}: expected {', '.join(known)}"
        raise ImageError(msg)
    return known[platform]
