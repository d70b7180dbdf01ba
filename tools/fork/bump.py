"""Move the series to another release of upstream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.fork.checkout import checkout, commit_release
from tools.fork.errors import ForkError
from tools.fork.git import GitError, commit_id, git
from tools.fork.lock import lock

if TYPE_CHECKING:
    from pathlib import Path


def bump(root: Path, version: str) -> Path:
    """Pin `version` and rebase the checkout on it, by three-way merge; returns the checkout.

    Raises `ForkError` if there is work to lose, if the release cannot be had, and if the rebase
    stops at a conflict, which is left for the maintainer to resolve.
    """
    tree = checkout(root)
    old = str(commit_id(tree, "base"))
    lock(root, version)
    commit_release(root, tree)
    try:
        git(tree, "rebase", "--quiet", "--onto", "base", old, "fork")
    except GitError as error:
        conflicts = git(tree, "diff", "--name-only", "--diff-filter=U").split()
        if not conflicts:
            raise
        patch = git(tree, "log", "-1", "--format=%s", "REBASE_HEAD").strip()
        raise ForkError(
            f"the patch {patch!r} conflicts in {', '.join(conflicts)}: resolve it in {tree},"
            " then git add, git rebase --continue and, at the end, python -m tools.fork export"
        ) from error
    return tree
