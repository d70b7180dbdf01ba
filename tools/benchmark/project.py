"""The projects that are built."""

import random
import subprocess
import sys
import tarfile
from pathlib import Path

MARKUPSAFE = "MarkupSafe==3.0.3"
REGEX = "regex==2026.11.19"
KIWISOLVER = "kiwisolver==1.5.1"
MSGPACK = "msgpack==1.2.4"
BLOCK = 64 * 1024


def free(folder: Path) -> None:
    """A project that nothing is built of."""
    (folder / "pyproject.toml").write_text("[project]\nname = 'free'\nversion = '1'\n")


def tested(folder: Path) -> None:
    """`free`, with a folder of tests."""
    free(folder)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_nothing.py").touch()


def large(folder: Path, *, files: int = 20_000, size: int = 1_000_000_000) -> None:
    """`free`, with `files` files of `size` bytes in all, a hundred a folder."""
    free(folder)
    block = random.Random(0).randbytes(BLOCK)
    for number in range(files):
        place = folder / "data" / f"{number // 100}"
        place.mkdir(parents=True, exist_ok=True)
        with (place / f"{number}.bin").open("wb") as file:
            left = size // files
            while left > 0:
                left -= file.write(block[:left])


def markupsafe(folder: Path) -> None:
    """The source of MarkupSafe, from the package index that pip knows."""
    _of_index(folder, MARKUPSAFE)


def regex(folder: Path) -> None:
    """The source of regex, and a test that takes little of what is compared."""
    _of_index(
        folder,
        REGEX,
        "import regex\nassert regex.fullmatch(r'(?:(cats|cat){e<=1})', 'cast', regex.BESTMATCH)\n",
    )


def kiwisolver(folder: Path) -> None:
    """The source of kiwisolver, which is C++, and a short test."""
    _of_index(
        folder,
        KIWISOLVER,
        "from kiwisolver import Solver, Variable\n"
        "x, solver = Variable('x'), Solver()\n"
        "solver.addConstraint(x + 2 == 5)\n"
        "solver.updateVariables()\n"
        "assert x.value() == 3\n",
    )


def msgpack(folder: Path) -> None:
    """The source of msgpack, whose C is Cython's, and a short test."""
    _of_index(
        folder,
        MSGPACK,
        "from msgpack import _cmsgpack as c\n"
        "assert c.unpackb(c.Packer().pack([1, 'x'])) == [1, 'x']\n",
    )


def _of_index(folder: Path, requirement: str, test: str = "") -> None:
    scratch = folder.with_name(f"{folder.name}-sdist")
    source_of = f"--no-binary={requirement.partition('==')[0]}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", source_of]
    subprocess.run([*pip, "--dest", scratch, requirement], check=True)
    (sdist,) = scratch.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(scratch, filter="data")
    (source,) = scratch.glob("*/")
    folder.rmdir()
    source.rename(folder)
    if test:
        file = folder / "benchmark" / "test.py"  # not beside the source, which is no package
        file.parent.mkdir()
        file.write_text(test)
