"""Pinned wheels from the package index that pip on this machine uses."""

import subprocess
import sys
from pathlib import Path

from tools.cache import cached_folder
from tools.images.errors import ImageError

# Every policy that a wheel for these images may have: glibc 2.17 to 2.41.
POLICIES = [f"manylinux_2_{minor}" for minor in range(17, 42)]


def wheels(requirements: Path, machine: str = "") -> Path:
    """A folder with the wheels that `requirements` pins, for this machine or for `machine`.

    Raises ImageError if pip is missing, or can't get one of them.
    """
    platforms = [f"--platform={policy}_{machine}" for policy in POLICIES] if machine else []
    recipe = {"pins": requirements.read_text(), "machine": machine}

    def make(target: Path) -> None:
        command = [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"),
            *("--no-deps", "--only-binary=:all:", "--require-hashes", *platforms),
            *(f"--requirement={requirements}", f"--dest={target}"),
        ]
        ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if ran.returncode:
            msg = f"pip could not download what {requirements} pins: {ran.stderr.strip()}"
            raise ImageError(msg)

    return cached_folder("images/wheels", recipe, make)
