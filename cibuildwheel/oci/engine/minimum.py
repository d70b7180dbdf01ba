"""The oldest engines that take `--platform`, and which side is too old: pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cibuildwheel.oci.errors import EngineTooOldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cibuildwheel.oci.wanted.address import EngineName

# Docker Engine API 1.41, of 20.10, has `platform` outside of experimental mode
# (https://docs.docker.com/reference/api/engine/version-history/); podman has it from 3.0.
MINIMUM = {"docker": ((1, 41), "API 1.41 (Docker 20.10)"), "podman": ((3,), "podman 3")}


def numbers_of(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: (20, 10, 24) for `20.10.24+dfsg1`."""
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, leading[0].split("."))) if leading else ()


def check_minimum(name: EngineName, sides: Mapping[str, tuple[int, ...]]) -> None:
    """Check the version of each of `sides` ("client", "daemon"), `()` where it is not known.

    The version is that of the API for Docker. Raises EngineTooOldError, which names the side.
    """
    needed, words = MINIMUM[name]
    for side, version in sides.items():
        if version and version < needed:
            found = ".".join(map(str, version))
            msg = f"The {name} {side} is too old: it has {found}, and {words} is needed."
            raise EngineTooOldError(f"{msg} Update the {side}.")
