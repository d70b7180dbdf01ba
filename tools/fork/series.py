"""The patches and their order: `patches/series`, one file name a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.fork.errors import ForkError
from tools.fork.patch import apply
from tools.fork.patch_file import parse

if TYPE_CHECKING:
    from pathlib import Path

    from tools.fork.files import Files


def read_series(root: Path) -> list[Path]:
    """Return the patches in `root` in the order in which they apply.

    Raises `ForkError` unless `patches/series` names each file `patches/*.patch` exactly once.
    """
    folder = root / "patches"
    try:
        names = (folder / "series").read_text("utf-8").splitlines()
    except OSError as error:
        raise ForkError(f"{folder / 'series'}: {error.strerror}") from error
    present = {path.name for path in folder.glob("*.patch")}
    for name in names:
        if name not in present:
            raise ForkError(f"patches/series names {name}, but there is no patches/{name}")
        if names.count(name) > 1:
            raise ForkError(f"patches/series names {name} more than once")
    if missing := sorted(present.difference(names)):
        raise ForkError(f"patches/{missing[0]} is missing from patches/series")
    return [folder / name for name in names]


def apply_series(root: Path, files: Files) -> None:
    """Apply each patch to `files`, as far as it changes upstream's package.

    Raises `ForkError` for a series or a patch that is not as it should be.
    """
    for path in read_series(root):
        for change in parse(f"patches/{path.name}", path.read_bytes()):
            if change.shipped:
                apply(change, files)
