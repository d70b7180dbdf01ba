"""Run git, in the fork's own trees without the configuration of whoever runs it."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tools.fork.errors import ForkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What git sets for its hooks, which would point every command at that repository.
_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")

#: With the configuration and identity of whoever runs this.
AS_USER = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}

#: No signing, hooks, excludes or line ends of the user's; the same commit ids on each machine.
ISOLATED = {
    **AS_USER,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "upstream",
    "GIT_AUTHOR_EMAIL": "upstream@invalid",
    "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "fork",
    "GIT_COMMITTER_EMAIL": "fork@invalid",
    "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
    "GIT_EDITOR": "true",
    "LC_ALL": "C",
}


class GitError(ForkError):
    """A git command that failed; `reason` is the line of its output that says why."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], output: str) -> None:
        """Take the words of git from `output`."""
        lines = output.strip().splitlines() or ["no output"]
        self.reason = next(
            (line for line in lines if line.startswith(("error:", "fatal:"))), lines[0]
        )
        super().__init__(f"git {arguments[0]} failed in {folder}: {self.reason}")


def git(
    folder: Path, *arguments: str, env: Mapping[str, str] = ISOLATED, stdin: str | None = None
) -> str:
    """Run git in `folder` and return what it prints; raises `GitError` if it fails."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=env,
            input=stdin,
            text=True,
            encoding="utf-8",
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise ForkError(f"cannot run git in {folder}: {error.strerror}") from error
    if done.returncode:
        raise GitError(folder, arguments, done.stderr or done.stdout)
    return done.stdout


def commit_id(tree: Path, name: str) -> str | None:
    """Return the id of the commit that `name` stands for, or None if there is none."""
    try:
        return git(tree, "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}").strip()
    except GitError:
        return None
