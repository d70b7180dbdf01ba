"""The programs that are compared, each installed as its users have it."""

import functools
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.benchmark.cases import CHECKS, UPSTREAM
from tools.matrix.subject import ROOT, upstream

FORK = "fork"
WITHOUT = Path(__file__).with_name("without.py")


@dataclass(frozen=True)
class Program:
    """A cibuildwheel: its name in a table, and the command that its arguments follow."""

    name: str
    command: tuple[str, ...]


def fork() -> Program:
    """This tree as it is now."""
    return Program(FORK, (str(_installed()), "-m", "cibuildwheel"))


def other(name: str) -> Program:
    """The program that a case is `against`: the unmodified release, or the fork without a check."""
    if name == UPSTREAM:
        return Program(name, (str(upstream().python), "-m", "cibuildwheel"))
    check = next(check for check in CHECKS if name.endswith(check))
    return Program(name, (str(_installed()), "-P", str(WITHOUT), check))


@functools.cache
def _installed() -> Path:
    """The Python of an environment under build/ with a wheel of this tree.

    Not the environment of the tools: an editable installation takes longer to import.
    """
    venv = ROOT / "build" / "benchmark"
    python = venv / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", ROOT], check=True)
    return python
