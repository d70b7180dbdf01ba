"""build/upstream, the tree that an editable install puts on `sys.path`.

It is the maintainer's checkout (`python -m tools.fork checkout`) if there is one, else a plain copy
of the patched package. Our own modules are symbolic links in it, so that edits act at once.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE, format_sums, read_sums, read_tree, sha256, write_tree
from tools.fork.merge import INIT

if TYPE_CHECKING:
    from pathlib import Path

    from tools.fork.files import Files

TREE = "build/upstream"
_SUMS = "SHA256SUMS"  # in a plain tree: what was written, to recognise edits


def refresh(root: Path, patched: Files) -> None:
    """Make build/upstream hold the package `patched` and links to the own modules of `root`.

    A checkout is left as it is. Raises `ForkError` if it is of another version, or if a plain tree
    holds edits, which would be lost.
    """
    tree = root / TREE
    if (tree / ".git").exists():
        if (tree / INIT).read_bytes() != patched[INIT]:
            raise ForkError(
                f"{TREE}/{INIT} is of another version: run python -m tools.fork checkout"
            )
    else:
        remove_plain(root)
        write_tree(patched, tree)
        (tree / _SUMS).write_text(format_sums(patched), "utf-8")
    link_own(root / PACKAGE, tree / PACKAGE)


def remove_plain(root: Path) -> None:
    """Remove a plain tree if there is one; raises `ForkError` if a file in it was edited."""
    tree = root / TREE
    if not tree.exists():
        return
    sums = read_sums(tree / _SUMS)
    for path, data in read_tree(tree).items():
        if sums.get(path) != sha256(data):
            raise ForkError(f"{TREE}/{path} was edited: move the edit to a patch or undo it first")
    shutil.rmtree(tree)


def link_own(source: Path, to: Path) -> list[str]:
    """Link each entry of the folder `source` into the folder `to`, and return the names.

    Where both have a folder its entries are linked instead. Raises `ForkError` for an own file that
    has the path of an upstream file.
    """
    linked = []
    for entry in sorted(source.iterdir()):
        link = to / entry.name
        if entry.name == "__pycache__":
            continue
        if link.is_dir() and not link.is_symlink():
            linked += [f"{entry.name}/{name}" for name in link_own(entry, link)]
            continue
        if link.is_symlink():
            link.unlink()
        elif link.exists():
            raise ForkError(f"{entry} shadows the file of the same name in upstream's package")
        link.symlink_to(os.path.relpath(entry, to), target_is_directory=entry.is_dir())
        linked.append(entry.name)
    return linked
