"""Prove that what a wheel holds is of the platform that it was built for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zipfile import ZipFile

from cibuildwheel.oci.container.proof import machines
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.image.elf import FLAGS_BYTES
from cibuildwheel.oci.wanted.platform import parse_platform, wheel_architecture

if TYPE_CHECKING:
    from pathlib import PurePath


class Container(Protocol):
    """As much of a running container as has wheels."""

    def copy_out(self, from_path: PurePath, to_path: Path) -> None:
        """Copy what is in the folder `from_path` into the folder `to_path` of this machine."""


def check_wheels(container: Container, folder: PurePath, platform: str) -> None:
    """Compare all ELF files of the wheels in `folder` of `container` with `platform`.

    Raises NativeToolsError if one is for another machine.
    """
    wanted = str(wheel_architecture(parse_platform(platform)))
    with tempfile.TemporaryDirectory() as temporary:
        container.copy_out(folder, Path(temporary))
        for wheel in Path(temporary).glob("*.whl"):
            if others := foreign(wheel, wanted):
                listed = ", ".join(f"{file} is for {machine}" for file, machine in others.items())
                msg = f"{wheel.name} holds what is not for {wanted}: {listed}"
                fix = "Fix: Have it built by $CC and $CXX, or build without native-tools."
                raise NativeToolsError(f"{msg}.\n{fix}")


def foreign(wheel: Path, wanted: str) -> dict[str, str]:
    """The ELF files in `wheel` that are not for the architecture `wanted`, and what for."""
    with ZipFile(wheel) as archive:
        headers = {}
        for name in archive.namelist():
            with archive.open(name) as member:
                headers[name] = member.read(FLAGS_BYTES)
    return {file: found for file, found in machines(headers).items() if found != wanted}
