"""The root file systems that the work is done in, and the work itself."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from tools.cache import cached_folder
from tools.images.base import TRIXIE
from tools.images.bytecode import compile_tree
from tools.images.errors import ImageError
from tools.images.manylinux import manylinux
from tools.images.wheels import wheels
from tools.unpack import unpack

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
SOURCE = Path(__file__).with_name("requirements-source.txt")

PYTHON = f"/opt/python/{TRIXIE.tag}/bin/python"
INCLUDE = f"/usr/include/python{TRIXIE.python}"

# What is measured, as commands of a shell; all of them are run in a root file system.
WORK = {
    "start": f"{PYTHON} -c pass",
    "import": f"{PYTHON} -c 'import asyncio, unittest.mock, zipfile'",
    "pip": f"{PYTHON} -m pip list --quiet",
    "gcc": f"gcc -O2 -fPIC -I{INCLUDE} -c /mnt/source/src/markupsafe/_speedups.c -o /tmp/s.o",
    "tests": f"cd /mnt/source && {PYTHON} -m pytest -q -p no:cacheprovider tests/test_escape.py",
}


def root(platform: str) -> Path:
    """A folder with the files of the manylinux-like image for `platform`.

    Raises ImageError if what it is made of can't be had.
    """
    layers = manylinux(platform).layers

    def make(target: Path) -> None:
        for layer in layers:
            with layer.blob.open() as data, tarfile.open(fileobj=data, mode="r|gz") as tar:
                unpack(tar, target)
        for name in ("dev", "proc", "tmp", "mnt"):
            (target / name).mkdir(exist_ok=True)

    return cached_folder("cpu/root", {"layers": [layer.diff_id for layer in layers]}, make)


def work() -> Path:
    """A folder with what is compiled, installed and tested. Raises ImageError as `root` does."""
    recipe = {"wheels": REQUIREMENTS.read_text(), "source": SOURCE.read_text()}

    def make(target: Path) -> None:
        packages = target / "packages"
        for wheel in wheels(REQUIREMENTS).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(packages)
        compile_tree(packages, TRIXIE)
        shutil.copytree(wheels(REQUIREMENTS), target / "wheels")
        _source(target)

    return cached_folder("cpu/work", recipe, make)


def _source(target: Path) -> None:
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"),
        *("--no-deps", "--no-binary=:all:", "--require-hashes"),
        *(f"--requirement={SOURCE}", f"--dest={target}"),
    ]
    ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        msg = f"pip could not download what {SOURCE} pins: {ran.stderr.strip()}"
        raise ImageError(msg)
    (archive,) = target.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        unpack(tar, target)
    (folder,) = (path.parent for path in target.glob("*/pyproject.toml"))
    folder.rename(target / "source")
