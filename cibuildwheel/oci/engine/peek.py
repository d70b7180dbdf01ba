"""What a stored image holds, without running it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.reach import change
from cibuildwheel.oci.engine.unstarted import unstarted
from cibuildwheel.oci.image.elf import HEADER_BYTES, parse_elf

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform

SHELL = "/bin/sh"


def shell_machine(engine: Address, image: str, label: Platform) -> str:
    """The wheel architecture of the shell of `image`, labelled `label`; `""` if it isn't told."""
    follow = ("--follow-link",) if engine.name == "docker" else ()  # podman does
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "shell")
        with unstarted(engine, image, label) as (container, _):
            change(engine, "cp", *follow, f"{container}:{SHELL}", str(copy))
        try:
            with copy.open("rb") as file:
                return str(parse_elf(file.read(HEADER_BYTES)))
        except (OSError, ValueError):
            return ""
