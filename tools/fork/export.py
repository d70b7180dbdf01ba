"""Write the series of a checkout to patches/, in a form that depends on nothing but the commits."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.fork.checkout import require_clean
from tools.fork.errors import ForkError
from tools.fork.git import git
from tools.fork.patch_file import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMAT = [
    *("-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false", "-c", "diff.algorithm=myers"),
    *("format-patch", "-U1", "--zero-commit", f"--signature={SIGNATURE}", "--no-stat"),
    *("--no-renames", "--full-index", "--no-numbered", "--no-encode-email-headers"),
    "--filename-max-length=100",
]


def canonical(tree: Path) -> dict[str, bytes]:
    """Return the series of the repository `tree`, in order, as patches by file name.

    Raises `ForkError` if `tree` is no checkout, for uncommitted changes, for two commits that would
    have the same file name, and for a branch `fork` that does not stand on `base`, as after a
    rebase that was given up.
    """
    if not (tree / ".git").exists():
        raise ForkError(f"{tree} is not a checkout: run python -m tools.fork checkout first")
    require_clean(tree)
    if git(tree, "rev-list", "--max-count=1", "base", "^fork"):
        raise ForkError(
            f"{tree}: branch fork does not stand on the pinned release: rebase it,"
            " or restore upstream/ and pyproject.toml and run python -m tools.fork checkout"
        )
    patches = {}
    with tempfile.TemporaryDirectory() as folder:
        for line in git(tree, *_FORMAT, "-o", folder, "base..fork").splitlines():
            name = re.sub(r"^\d+-", "", Path(line).name)
            if name in patches:
                raise ForkError(f"two commits would be {name}: give them different subjects")
            patches[name] = strip_function_names(Path(line).read_bytes())
    return patches


def strip_function_names(diff: bytes) -> bytes:
    """Remove what git writes after `@@`: it is one more line of upstream's, and it drifts."""
    return re.sub(rb"(?m)^(@@ -\S+ \+\S+ @@).*$", rb"\1", diff)


def export(tree: Path, to: Path) -> list[str]:
    """Replace the patches in the folder `to` by the series of `tree`; returns their names."""
    patches = canonical(tree)
    for old in to.glob("*.patch"):
        old.unlink()
    for name, data in patches.items():
        (to / name).write_bytes(data)
    (to / "series").write_text(format_series(patches))
    git(tree, "tag", "--force", "exported", "fork")
    return list(patches)


def format_series(names: Iterable[str]) -> str:
    """Return the content of `patches/series`."""
    return "".join(f"{name}\n" for name in names)
