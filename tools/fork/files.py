"""Trees of files as plain values: a dict from POSIX path to content."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tools.fork.errors import ForkError

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "cibuildwheel"

Files = dict[str, bytes]


def read_tree(root: Path, under: str = PACKAGE) -> Files:
    """Return the files in the folder `under` of `root` by their path from `root`.

    Byte code is left out, and so is what stands behind a symbolic link.
    """
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / under).rglob("*"))  # does not follow links to folders
        if path.is_file() and not path.is_symlink() and path.suffix != ".pyc"
    }


def write_tree(files: Files, to: Path) -> None:
    """Write `files` below the folder `to`, making folders as needed."""
    for path, data in files.items():
        target = to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def format_sums(files: Files) -> str:
    """Return the hashes of `files` as `sha256sum` prints them, sorted by path."""
    return "".join(f"{sha256(data)}  {path}\n" for path, data in sorted(files.items()))


def read_sums(path: Path) -> dict[str, str]:
    """Read a file that `format_sums` wrote: SHA-256 by path.

    Raises `ForkError` for a file that is not there and for a line of another shape.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise ForkError(f"{path}: {error.strerror}") from error
    sums = {}
    for number, line in enumerate(lines, start=1):
        digest, separator, name = line.partition("  ")
        if not (separator and name and len(digest) == 64):
            raise ForkError(f"{path}:{number}: not a line of sha256sum")
        sums[name] = digest
    return sums
