"""What a stored image holds, without running it."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.docker_config import unchecked
from cibuildwheel.oci.engine.reach import change
from cibuildwheel.oci.image.elf import HEADER_BYTES, parse_elf

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform

SHELL = "/bin/sh"


def shell_machine(engine: Address, image: str, label: Platform) -> str:
    """The wheel architecture of the shell of `image`, labelled `label`; `""` if it can't be told.

    The container that it is copied from is never started.
    """
    container = f"cibuildwheel-{uuid.uuid4()}"
    flags = (f"--name={container}", f"--platform={label}", "--pull=never")
    follow = ("--follow-link",) if engine.name == "docker" else ()  # podman does
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "shell")
        try:
            change(engine, "create", *flags, *unchecked(engine.name), image, "/bin/true")
            change(engine, "cp", *follow, f"{container}:{SHELL}", str(copy))
        finally:
            change(engine, "rm", "--force", container)
        try:
            with copy.open("rb") as file:
                return str(parse_elf(file.read(HEADER_BYTES)))
        except (OSError, ValueError):
            return ""
