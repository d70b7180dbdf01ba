"""Check what is committed: the series, its trailers, and the lock against the released wheel."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tools.fork import release
from tools.fork.checkout import fill, project_version
from tools.fork.export import canonical, format_series
from tools.fork.files import format_sums, read_tree
from tools.fork.git import git
from tools.fork.merge import patched
from tools.fork.upstream import read_lock

#: As the Yocto Project spells them:
#: https://docs.yoctoproject.org/contributor-guide/recipe-style-guide.html#patch-upstream-status
STATUS = re.compile(
    r"Pending( \[.+\])?|Submitted \[.+\]|Backport \[.+\]|Denied( \[.+\])?|Inappropriate \[.+\]"
)


def check(root: Path) -> list[str]:
    """Return what is wrong with the patches and the lock in `root`, a sentence each.

    Raises `ForkError` if the series does not apply at all.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        fill(root, tree)
        return [
            *_not_canonical(root, canonical(tree)),
            *_without_status(tree),
            *_disagreeing(root, tree),
        ]


def _not_canonical(root: Path, patches: dict[str, bytes]) -> list[str]:
    wanted = patches | {"series": format_series(patches).encode()}
    found = {path.name: path.read_bytes() for path in (root / "patches").iterdir()}
    return [
        f"patches/{name} is not as `python -m tools.fork export` writes it"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


def _without_status(tree: Path) -> list[str]:
    wanted = "%s%x00%(trailers:key=Upstream-Status,valueonly,separator=%x2C)"
    log = git(tree, "log", "--reverse", f"--format={wanted}", "base..fork").splitlines()
    return [
        f"the patch {subject!r} needs one trailer Upstream-Status: "
        "Pending, Submitted [where], Backport [version], Denied or Inappropriate [reason]"
        for subject, _, status in (line.partition("\0") for line in log)
        if not STATUS.fullmatch(status)
    ]


def _disagreeing(root: Path, tree: Path) -> list[str]:
    """Compare the lock with the released wheel, and the build's way of applying with git's."""
    lock = read_lock(root)
    files = release.wheel_files(release.wheel(root, lock.version, lock.wheel))
    if format_sums(files) != (root / "upstream/SHA256SUMS").read_text("utf-8"):
        return [f"upstream/SHA256SUMS is not that of the released wheel of {lock.version}"]
    built, by_git = patched(root, project_version(root), files), read_tree(tree)
    return [
        f"{path}: the build's way of applying the series and git's differ"
        for path in sorted(built.keys() | by_git.keys())
        if built.get(path) != by_git.get(path)
    ]
