"""Fetch the programs from the package index that pip or uv here are set up for, once a machine."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING
from zipfile import ZipFile

from cibuildwheel.oci.engine.process import follow
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native.cache import cached

if TYPE_CHECKING:
    from pathlib import Path

    from cibuildwheel.oci.native.wheel import Wheel

CHOICE = ("--no-deps", "--only-binary=:all:")
FAILED = (
    "Fix: Check that pip, or uv where there is no pip, gets it from the package index here (with "
    "PIP_INDEX_URL or UV_DEFAULT_INDEX, proxies and all), or build without native-tools."
)
NEITHER = (
    "Fix: Install pip into its environment (such as `uvx --with pip cibuildwheel`), put uv on "
    "PATH, or build without native-tools."
)


def fetched(wheel: Wheel) -> Path:
    """The folder in cibuildwheel's cache that holds the parts of `wheel`.

    Raises NativeToolsError, where they are not there and can't be had.
    """
    return cached(f"{wheel.project}-{wheel.version}-{wheel.machine}", partial(_fetch, wheel))


def _fetch(wheel: Wheel, target: Path) -> Path:
    print(f"Fetching {wheel.requirement}, for native-tools ...", flush=True)
    wanted = target / "requirements.txt"
    pin = f" --hash=sha256:{wheel.sha256}" if wheel.sha256 else ""
    wanted.write_text(f"{wheel.requirement}{pin}\n")
    command = find_command(wheel, wanted, target)
    if not command:
        msg = f"native-tools needs pip or uv beside cibuildwheel, to fetch {wheel.requirement} with"
        raise NativeToolsError(f"{msg}.\n{NEITHER}")
    answer = follow(*command)
    if not answer.ok:
        msg = f"{wheel.requirement}, which native-tools needs, can't be fetched: {answer.complaint}"
        raise NativeToolsError(f"{msg}\n{FAILED}")
    return take(target, wheel, target / "taken")


def find_command(wheel: Wheel, wanted: Path, target: Path) -> list[str]:
    """What fetches the requirements `wanted`, which are `wheel`, into `target`: pip, or else uv.

    The first leaves a wheel there, the second what it installs. Empty if there is neither.
    """
    choice = [*CHOICE, *(["--require-hashes"] if wheel.sha256 else [])]
    requirements = f"--requirement={wanted}"
    if find_spec("pip"):
        start = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        platforms = [f"--platform={platform}" for platform in wheel.pip_platforms]
        return [*start, *choice, *platforms, f"--dest={target}", requirements]
    if uv := os.environ.get("UV") or shutil.which("uv"):
        start = [uv, "pip", "install", "--quiet", f"--python={sys.executable}"]
        platform = f"--python-platform={wheel.uv_platform}"
        return [*start, *choice, platform, f"--target={target}", requirements]
    return []


def take(source: Path, wheel: Wheel, folder: Path) -> Path:
    """Move the parts of `wheel`, which is in `source` as it is or installed, to `folder`.

    Raises NativeToolsError if one is not there.
    """
    kept = tuple(place for places in wheel.parts.values() for place in places)
    for file in source.glob("*.whl"):
        with ZipFile(file) as archive:
            archive.extractall(source, [n for n in archive.namelist() if n.startswith(kept)])
    for name, places in wheel.parts.items():
        part = next((source / place for place in places if (source / place).exists()), None)
        if part is None:
            msg = f"{wheel.requirement} has no {places[0]}, which native-tools needs"
            raise NativeToolsError(f"{msg}.\nFix: Build without native-tools.")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        taken = part.rename(folder / name)
        if taken.is_file():
            taken.chmod(0o755)
    return folder
