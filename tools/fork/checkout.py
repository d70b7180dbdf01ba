"""The patched upstream as a git repository, build/upstream.

Its branch `fork` holds the series, one commit a patch, and stands on the tag `base`: the release
with the fork's version in it. The tag `exported` is where `fork` last equalled patches/.
"""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from tools.fork import editable, merge, release
from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE
from tools.fork.git import ISOLATED, GitError, commit_id, git
from tools.fork.series import read_series
from tools.fork.upstream import read_lock


def checkout(root: Path) -> Path:
    """Make build/upstream hold the series in patches/; returns its folder.

    An existing repository is kept, and only its branch `fork` is set anew. Raises `ForkError` if
    that would lose uncommitted changes or commits that are not exported, or if a patch does not
    apply.
    """
    tree = root / editable.TREE
    if (tree / ".git").exists():
        require_exported(tree)
    else:
        editable.remove_plain(root)
    fill(root, tree)
    _link_own(root, tree)
    return tree


def fill(root: Path, tree: Path) -> None:
    """Make the repository `tree`, which has nothing to lose or is not there yet, hold the series.

    Raises `ForkError` if a patch does not apply; the branch `fork` is then as it was.
    """
    if not (tree / ".git").exists():
        _init(tree)
    commit_release(root, tree)
    if not commit_id(tree, "fork"):
        _set_fork(tree, "base")
    git(tree, "checkout", "--quiet", "--detach", "base")
    for path in read_series(root):
        try:
            git(tree, "am", "--quiet", "--keep-cr", "--committer-date-is-author-date", str(path))
        except GitError as error:
            if (tree / ".git/rebase-apply").exists():
                git(tree, "am", "--abort")
            git(tree, "checkout", "--quiet", "fork")
            raise ForkError(f"patches/{path.name} does not apply: {error.reason}") from error
    _set_fork(tree, "HEAD")


def commit_release(root: Path, tree: Path) -> None:
    """Commit the pinned release to the repository `tree`, beside its branches, and tag it `base`.

    Its parent is the release as it was published. Neither the index nor the files of `tree` change.
    """
    lock, version = read_lock(root), project_version(root)
    sdist = release.sdist(root, lock.version, lock.sdist)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        release.unpack_sdist(sdist, source)
        published = _commit(tree, source, f"{PACKAGE} {lock.version}\n\nsha256:{lock.sdist}")
        init = source / merge.INIT
        init.write_bytes(merge.stamped(init.read_bytes(), lock.version, version))
        base = _commit(tree, source, f"{PACKAGE} {version}", "-p", published)
    git(tree, "tag", "--force", "base", base)


def require_exported(tree: Path) -> None:
    """Raise `ForkError` if the repository `tree` holds work that is not in patches/."""
    require_clean(tree)
    if len({commit_id(tree, name) for name in ("HEAD", "fork", "exported")}) > 1:
        raise ForkError(
            f"{tree} has commits that patches/ has not: run python -m tools.fork export"
        )


def require_clean(tree: Path) -> None:
    """Raise `ForkError` if `tree` has uncommitted changes or is in the middle of a rebase."""
    if any((tree / ".git" / name).exists() for name in ("rebase-merge", "rebase-apply")):
        raise ForkError(f"{tree} is in the middle of a rebase: finish it or abort it")
    if lines := git(tree, "status", "--porcelain").splitlines():
        raise ForkError(f"{tree} has uncommitted changes, to {lines[0][3:]} for one: commit them")


def project_version(root: Path) -> str:
    """Return `project.version` of pyproject.toml."""
    with (root / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _init(tree: Path) -> None:
    tree.mkdir(parents=True)
    git(tree, "init", "--quiet", "--initial-branch=fork")
    git(tree, "config", "rerere.enabled", "true")
    info = tree / ".git/info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* -text -eol -filter -ident -export-subst\n")  # as published


def _set_fork(tree: Path, commit: str) -> None:
    git(tree, "checkout", "--quiet", "-B", "fork", commit)
    git(tree, "tag", "--force", "exported", "fork")


def _commit(tree: Path, source: Path, message: str, *parent: str) -> str:
    """Commit the files in the folder `source` to `tree` by way of an index of its own."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**ISOLATED, "GIT_DIR": str(tree / ".git"), "GIT_INDEX_FILE": f"{folder}/index"}
        git(source, "--work-tree=.", "add", "--all", "--force", env=env)  # force: its .gitignore
        written = git(source, "write-tree", env=env).strip()
    return git(tree, "commit-tree", written, *parent, stdin=message).strip()


def _link_own(root: Path, tree: Path) -> None:
    """Link our own modules into the checkout, where git does not see them."""
    links = editable.link_own(root / PACKAGE, tree / PACKAGE)
    lines = [*(f"/{PACKAGE}/{name}\n" for name in links), "__pycache__/\n"]
    (tree / ".git/info/exclude").write_text("".join(lines))
