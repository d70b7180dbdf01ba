"""The package of the fork: the verified release, stamped and patched, and our own modules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE, read_tree
from tools.fork.series import apply_series
from tools.fork.upstream import read_lock

if TYPE_CHECKING:
    from pathlib import Path

    from tools.fork.files import Files

INIT = f"{PACKAGE}/__init__.py"


def own_files(root: Path) -> Files:
    """Return the fork's own modules, by their path in the wheel."""
    return read_tree(root)


def patched(root: Path, version: str, release: Files) -> Files:
    """Return upstream's package as the fork in `root` changes it, without the own modules.

    `version` is the fork's, `release` the verified files of the pinned release. Raises `ForkError`
    for a version that is not upstream's with a local part, for a patch that does not apply, and for
    an own module that has the path of an upstream file.
    """
    check_version(root, version)
    files = {path: data for path, data in release.items() if path.startswith(f"{PACKAGE}/")}
    files[INIT] = stamped(files[INIT], read_lock(root).version, version)
    apply_series(root, files)
    if shadowing := sorted(files.keys() & own_files(root).keys()):
        raise ForkError(f"{shadowing[0]} shadows the file of the same name in upstream's package")
    return files


def check_version(root: Path, version: str) -> None:
    """Raise `ForkError` unless `version` is the pinned release's with a local part."""
    pinned = read_lock(root).version
    if not re.fullmatch(rf"{re.escape(pinned)}\+platform\.\d+", version):
        raise ForkError(
            f"pyproject.toml: project.version is {version},"
            f" but upstream/lock.toml pins {pinned}: it has to be {pinned}+platform.N"
        )


def stamped(init: bytes, upstream: str, version: str) -> bytes:
    """Return the package's `__init__.py` with the fork's version in place of upstream's.

    Raises `ForkError` unless upstream's version stands there exactly once.
    """
    old, new = (f'__version__ = "{text}"'.encode() for text in (upstream, version))
    if init.count(old) != 1:
        raise ForkError(f"{INIT}: does not have exactly one {old.decode()!r}")
    return init.replace(old, new)
