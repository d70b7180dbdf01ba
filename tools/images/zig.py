"""Compilers for musl of any platform, by Zig's, which comes with musl for all of them."""

import os
import platform as machine
from pathlib import Path
from zipfile import ZipFile

from tools.cache import cached_folder
from tools.images.wheels import wheels

REQUIREMENTS = Path(__file__).with_name("requirements-zig.txt")


def write_compilers(target: str, to: Path) -> None:
    """Write the programs `musl-gcc`, `ar` and `ranlib` for Zig's `target` into the folder `to`.

    Raises ImageError if the package index has no Zig for this machine.
    """
    zig = os.fspath(_zig())
    # Zig makes an error of the times that CPython tells when it was built.
    compile_ = f"cc -target {target} -dynamic -Wno-date-time"
    for name, command in {"musl-gcc": compile_, "ar": "ar", "ranlib": "ranlib"}.items():
        program = to / name
        program.write_text(f'#!/bin/sh\nexec "{zig}" {command} "$@"\n')
        program.chmod(0o755)


def _zig() -> Path:
    def make(target: Path) -> None:
        (wheel,) = wheels(REQUIREMENTS).glob("*.whl")
        with ZipFile(wheel) as archive:
            archive.extractall(target)
        (target / "ziglang/zig").chmod(0o755)

    recipe = {"wheel": REQUIREMENTS.read_text(), "on": machine.machine()}
    return cached_folder("images/zig", recipe, make) / "ziglang/zig"
