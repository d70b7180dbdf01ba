"""Python files compiled natively, for a root file system of any architecture.

Byte code depends on the version of Python only, not on the processor.
"""

import os
import subprocess
from pathlib import Path

from tools.images.base import Suite
from tools.images.errors import ImageError
from tools.images.interpreter import interpreter


def compile_tree(root: Path, suite: Suite) -> None:
    """Put byte code beside every Python file below `root`, as of files below `/`.

    Files keep their times, on which the byte code depends. Raises ImageError if one is no Python.
    """
    command = [
        *(os.fspath(interpreter(suite)), "-s", "-S", "-m", "compileall", "-q", "-x", "/bin/"),
        *("-s", os.fspath(root), "-p", "/", os.fspath(root)),
    ]
    clean = {"PATH": os.defpath}
    ran = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    if ran.returncode:
        msg = f"compiling {root} with Python {suite.python} failed: {ran.stdout}{ran.stderr}"
        raise ImageError(msg)
