"""Tools of this machine that make parts of a root file system."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.images.errors import ImageError

LAST_LINES = 20


def run_tool(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
    """Run `command` in `folder` with no other environment than `env`.

    Raises ImageError if it is not installed, or fails: then with the last that it said.
    """
    program = shutil.which(command[0], path=env["PATH"])
    if program is None:
        msg = f"{command[0]} is not installed: apt-get install {command[0]}"
        raise ImageError(msg)
    ran = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
        check=False,
    )
    if ran.returncode:
        last = "\n".join(ran.stdout.splitlines()[-LAST_LINES:])
        msg = f"{command[0]} failed (exit code {ran.returncode}): {last}"
        raise ImageError(msg)
