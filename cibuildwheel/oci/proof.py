"""Prove that what a container holds is of the platform that it was started for.

Labels can lie, and an emulator runs whatever it is given: only the programs themselves tell.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Protocol

from cibuildwheel.logger import log
from cibuildwheel.oci.elf import HEADER_BYTES, parse_elf
from cibuildwheel.oci.errors import ContentError
from cibuildwheel.oci.platform import parse_platform, wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Sequence

SHELLS = ("/bin/bash", "/bin/sh")
HEADERS = ("head", "-v", "-c", str(HEADER_BYTES))
NO_SUCH_PROGRAM = 127


class Container(Protocol):
    """As much of a running container as a proof needs."""

    @property
    def image(self) -> str:
        """The reference that the user gave."""

    def call(self, args: Sequence[str], *, capture_output: bool, cwd: str) -> str:
        """The output of a command, bytes that are no UTF-8 as surrogates."""


def prove(container: Container, platform: str, files: Sequence[str] = SHELLS) -> None:
    """Compare the programs `files` of `container` with `platform`, such as `linux/arm64`.

    What is no ELF file (a script, or nothing at all) proves nothing, and is left to who runs it.
    Raises ContentError if one is for another machine.
    """
    wanted = wheel_architecture(parse_platform(platform))
    try:
        said = container.call([*HEADERS, *files], capture_output=True, cwd="/")
    except subprocess.CalledProcessError as error:
        if error.returncode == NO_SUCH_PROGRAM:
            log.warning(f"What {container.image} holds could not be checked: {error}")
            return
        said = error.output  # of those that are there
    for file, found in machines(said.encode(errors="surrogateescape"), files).items():
        if found != wanted:
            msg = (
                f"{container.image} does not hold what {platform} needs: {file} is for {found}, "
                f"and should be for {wanted}.\n"
                "Fix: The image is labelled wrongly, or was put together from parts of several "
                "architectures: build it again, or name another one."
            )
            raise ContentError(msg)


def machines(headers: bytes, files: Sequence[str]) -> dict[str, str]:
    """The machine of each of `files` that is ELF, from what `head -v` wrote of them."""
    found = {}
    for file in files:
        _, title, rest = headers.partition(b"==> %s <==\n" % file.encode())
        try:
            found[file] = str(parse_elf(rest[:HEADER_BYTES] if title else b""))
        except ValueError:
            continue
    return found
