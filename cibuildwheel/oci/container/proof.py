"""Prove that what a container holds is of the platform that it was started for.

Labels can lie, and an emulator runs whatever it is given: only the programs themselves tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cibuildwheel.oci.container.shell import parse_bytes, read_bytes
from cibuildwheel.oci.errors import ContentError
from cibuildwheel.oci.image.elf import (
    ARM,
    FLAGS_BYTES,
    HEADER_BYTES,
    SOFT_FLOAT,
    is_soft_float,
    parse_elf,
)
from cibuildwheel.oci.wanted.platform import parse_platform, wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHELLS = ("/bin/bash", "/bin/sh")


class Container(Protocol):
    """As much of a running container as a proof needs."""

    @property
    def image(self) -> str:
        """The reference that the user gave."""

    def ask_shell(self, question: str) -> list[str]:
        """What its shell prints, split at zero bytes; bytes that are no UTF-8 as surrogates."""


def prove(container: Container, platform: str, files: Sequence[str] = SHELLS) -> None:
    """Compare the programs `files` of `container` with `platform`, such as `linux/arm64`.

    What is no ELF file (a script, or nothing at all) proves nothing, and is left to who runs it.
    Raises ContentError if one is for another machine. A shell of soft-float arm runs beside armv7l;
    no other program may be of it.
    """
    wanted = wheel_architecture(parse_platform(platform))
    count = FLAGS_BYTES if wanted == ARM else HEADER_BYTES
    said = container.ask_shell(read_bytes(files, count))
    for file, found in machines(parse_bytes(said, count)).items():
        if found != wanted and not (wanted == ARM and found == SOFT_FLOAT and file in SHELLS):
            msg = (
                f"{container.image} does not hold what {platform} needs: {file} is for {found}, "
                f"and should be for {wanted}.\n"
                "Fix: The image is labelled wrongly, or was put together from parts of several "
                "architectures: build it again, or name another one."
            )
            raise ContentError(msg)


def machines(headers: Mapping[str, bytes]) -> dict[str, str]:
    """The machine of each file that is ELF, from its first HEADER_BYTES or FLAGS_BYTES."""
    found = {}
    for file, header in headers.items():
        try:
            found[file] = SOFT_FLOAT if is_soft_float(header) else str(parse_elf(header))
        except ValueError:
            continue
    return found
