"""Write patches as a branch in a clone of upstream, ready to open as a pull request there."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tools.fork.checkout import fill
from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE, Files, write_tree
from tools.fork.git import AS_USER, GitError, commit_id, git
from tools.fork.imports import FACADE, FACADE_PATH, closure, homes_of, imported
from tools.fork.merge import own_files
from tools.fork.series import read_series

if TYPE_CHECKING:
    from collections.abc import Iterator


def branch(root: Path, clone: Path, names: list[str], onto: str, name: str) -> None:
    """Make the branch `name` in the git repository `clone` from its commit `onto`.

    It has a commit for our own modules that the patches need, if any, one that imports the facade
    where they use it, and one for each patch in `names` (all if that is empty), by the user's git
    identity and without the fork's trailer. The patches are merged three-way, so that `onto` need
    not be the pinned release. The work tree of `clone` is not touched. Raises `ForkError`, with no
    branch made, for an unknown patch, a branch that exists, and a conflict.
    """
    patches = _selected(root, names)
    if not (clone / PACKAGE).is_dir():
        raise ForkError(f"{clone} is not a clone of upstream: it has no folder {PACKAGE}")
    if not commit_id(clone, onto):
        raise ForkError(f"{clone} has no commit {onto}")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        fill(root, tree)
        commits = dict(zip(read_series(root), _commits(tree), strict=True))
        gains = {path: _gained(tree, commit) for path, commit in commits.items()}
        picks = _picks(tree, commits, gains, patches)
        names_used = set().union(*(used for path in patches for used in gains[path].values()))
        own = closure(names_used | _there(clone, onto), own_files(root))
        made = git(tree, "branch", "--format=%(refname)").split()
        git(clone, "fetch", "--quiet", "--no-tags", str(tree), *made, env=AS_USER)
        with _worktree(clone, Path(folder, "worktree"), name, onto) as worktree:
            _commit_own(worktree, own)
            for path, commit in picks.items():
                if not _pick(worktree, path.name, commit, onto) and path in patches:
                    raise ForkError(
                        f"patches/{path.name} changes nothing on {onto}: it is there already"
                    )


def _selected(root: Path, names: list[str]) -> list[Path]:
    series = read_series(root)
    known = {path.name for path in series}
    wanted = {f"{Path(name).name.removesuffix('.patch')}.patch" for name in names} or known
    if unknown := sorted(wanted - known):
        raise ForkError(f"there is no patch {unknown[0]} in patches/series")
    if not wanted:
        raise ForkError("patches/series is empty")
    return [path for path in series if path.name in wanted]


def _commits(tree: Path) -> list[str]:
    return git(tree, "rev-list", "--reverse", "base..fork").split()


def _gained(tree: Path, commit: str) -> dict[str, set[str]]:
    """Return what `commit` adds to the names that modules import, by the module's path."""
    changed = git(tree, "diff", "--name-only", "--diff-filter=d", f"{commit}^", commit).split()
    return {
        path: _imported(tree, commit, path) - _imported(tree, f"{commit}^", path)
        for path in changed
        if path.endswith(".py")
    }


def _picks(
    tree: Path,
    commits: dict[Path, str],
    gains: dict[Path, dict[str, set[str]]],
    patches: list[Path],
) -> dict[Path, str]:
    """Return the commits of `patches`, with as much of those that import the facade as they use."""
    users = {
        file
        for path in patches
        for file, names in gains[path].items()
        if file.startswith(f"{PACKAGE}/") and any(n.startswith(f"{FACADE}.") for n in names)
    }
    picks = {}
    for path, commit in commits.items():
        importing = {file for file, names in gains[path].items() if FACADE in names}
        if path in patches:
            picks[path] = commit
        elif files := sorted(importing & users):
            picks[path] = _part(tree, commit, files)
    return picks


def _part(tree: Path, commit: str, files: list[str]) -> str:
    """Commit what `commit` does to `files`, on a branch of its own, and return the commit."""
    git(tree, "checkout", "--quiet", "-b", f"part-{commit}", f"{commit}^")
    git(tree, "checkout", commit, "--", *files)
    git(tree, "commit", "--quiet", "--reuse-message", commit)
    return str(commit_id(tree, "HEAD"))


def _there(clone: Path, onto: str) -> set[str]:
    """Return the names that the facade in `clone` has, from a patch that it has taken."""
    try:
        facade = git(clone, "show", f"{onto}:{FACADE_PATH}", env=AS_USER)
    except GitError:
        return set()
    return {f"{FACADE}.{name}" for name in homes_of(facade.encode())}


def _imported(tree: Path, commit: str, path: str) -> set[str]:
    try:
        return imported(git(tree, "show", f"{commit}:{path}").encode())
    except GitError:
        return set()  # a new file, in the commit before


@contextmanager
def _worktree(clone: Path, folder: Path, name: str, onto: str) -> Iterator[Path]:
    """Check out a new branch in `folder`; the branch stays only if the body succeeds."""
    git(clone, "worktree", "add", "--quiet", "-b", name, str(folder), onto, env=AS_USER)
    try:
        yield folder
    except BaseException:
        git(clone, "worktree", "remove", "--force", str(folder), env=AS_USER)
        git(clone, "branch", "--quiet", "-D", name, env=AS_USER)
        raise
    git(clone, "worktree", "remove", str(folder), env=AS_USER)


def _commit_own(worktree: Path, own: Files) -> None:
    write_tree(own, worktree)
    if own:
        git(worktree, "add", "--force", *own, env=AS_USER)
    if git(worktree, "status", "--porcelain", env=AS_USER):
        message = f"Add {PACKAGE}.oci, which the next commits use"
        git(worktree, "commit", "--quiet", "-m", message, env=AS_USER)


def _pick(worktree: Path, patch: str, commit: str, onto: str) -> bool:
    """Commit what `commit` changes; returns whether there was anything to change."""
    try:
        git(worktree, "cherry-pick", "--no-commit", commit, env=AS_USER)
    except GitError as error:
        files = git(worktree, "diff", "--name-only", "--diff-filter=U", env=AS_USER).split()
        raise ForkError(
            f"patches/{patch} conflicts with {onto} in {', '.join(files) or error.reason}:"
            " bump the fork to a newer release, or choose another commit with --onto"
        ) from error
    if not git(worktree, "diff", "--cached", "--name-only", env=AS_USER):
        return False
    message = git(worktree, "log", "-1", "--format=%B", commit)
    message = re.sub(r"(?m)^Upstream-Status:.*\n", "", message)
    git(worktree, "commit", "--quiet", "--file=-", env=AS_USER, stdin=message)
    return True
