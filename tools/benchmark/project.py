"""The projects that are built."""

import random
import subprocess
import sys
import tarfile
from pathlib import Path

MARKUPSAFE = "MarkupSafe==3.0.3"
REGEX = "regex==2026.11.19"
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
    _of_index(folder, REGEX)
    test = folder / "benchmark" / "test.py"  # not beside the source, which is no installed package
    test.parent.mkdir()
    test.write_text(
        "import regex\nassert regex.fullmatch(r'(?:(cats|cat){e<=1})', 'cast', regex.BESTMATCH)\n"
    )


def _of_index(folder: Path, requirement: str) -> None:
    scratch = folder.with_name(f"{folder.name}-sdist")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--dest", scratch, requirement], check=True)
    (sdist,) = scratch.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(scratch, filter="data")
    (source,) = scratch.glob("*/")
    folder.rmdir()
    source.rename(folder)
