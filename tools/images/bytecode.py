"""Python files compiled natively, for a root file system of any architecture.

Byte code depends on the version of Python only, not on the processor.
"""

import os
import platform
import subprocess
from pathlib import Path

from tools.cache import cached_folder
from tools.images.base import Suite
from tools.images.debian import unpacked
from tools.images.errors import ImageError
from tools.images.ports import PORTS
from tools.unpack import unpack


def compile_tree(root: Path, suite: Suite) -> None:
    """Put byte code beside every Python file below `root`, as of files below `/`.

    Files keep their times, on which the byte code depends. Raises ImageError if one is no Python.
    """
    interpreter = _interpreter(suite)
    loader, program = (
        _one(interpreter, "usr/lib*/**/ld-linux*.so.*"),
        f"usr/bin/python{suite.python}",
    )
    libraries = os.fspath(_one(interpreter, "usr/lib/*/libc.so.6").parent)
    command = [
        *(os.fspath(loader), "--library-path", libraries, os.fspath(interpreter / program)),
        *("-s", "-S", "-m", "compileall", "-q", "-x", "/bin/", "-s", os.fspath(root), "-p", "/"),
        os.fspath(root),
    ]
    environment = {"PYTHONHOME": os.fspath(interpreter / "usr"), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        msg = f"compiling {root} with Python {suite.python} failed: {ran.stdout}{ran.stderr}"
        raise ImageError(msg)


def _interpreter(suite: Suite) -> Path:
    """A folder with this machine's own build of the Python of `suite`, run by its own loader."""
    machines = {port.machine: port.debian for port in PORTS.values()}
    if platform.machine() not in machines:
        msg = f"byte code is compiled natively, and Debian has no port for {platform.machine()}"
        raise ImageError(msg)
    architecture = machines[platform.machine()]

    def make(target: Path) -> None:
        with unpacked(architecture, suite.name, ["python3"]) as tar:
            usr = [member for member in tar if member.name.startswith("./usr/")]
            # Not "data", which refuses the links to absolute paths that Debian has.
            unpack(tar, target, usr)

    return cached_folder("images/python", {"suite": suite.name, "on": architecture}, make)


def _one(root: Path, pattern: str) -> Path:
    found = [path for path in sorted(root.glob(pattern)) if path.is_file()]
    if not found:
        msg = f"{root} holds no {pattern}: is the suite laid out in a new way?"
        raise ImageError(msg)
    return found[0]
