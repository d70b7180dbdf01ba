"""What a patch does to one file, applied in memory and with no latitude.

Upstream is pinned by hash, so that a hunk has to match at exactly the line that it names. The
common appliers are not used because they are lenient: GNU patch takes fuzz, `git apply` skips every
file in a folder that another repository contains, and all of them misapply a repeated context that
is shifted by one period. The ids of the whole file before and after, from the patch, rule that out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE

if TYPE_CHECKING:
    from tools.fork.files import Files


@dataclass(frozen=True)
class Hunk:
    """The lines `before`, from the line with index `start` on, become the lines `after`."""

    start: int
    before: list[bytes]
    after: list[bytes]


@dataclass(frozen=True)
class Change:
    """What the patch `patch` does to the file `path`; an id is None where there is no file."""

    patch: str
    path: str
    before: str | None
    after: str | None
    hunks: list[Hunk]

    @property
    def shipped(self) -> bool:
        """Whether the file is in upstream's wheel, not just in its repository."""
        return self.path.startswith(f"{PACKAGE}/")


def blob_id(data: bytes) -> str:
    """Return the id that git gives to a file with the content `data`."""
    header = b"blob %d\0" % len(data)
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()


def apply(change: Change, files: Files) -> None:
    """Apply `change` to `files`.

    Raises `ForkError`, with `files` as they were, unless each hunk matches at its line, the file is
    the very one that the patch was made for, and the result is the one that it names.
    """
    old = files.get(change.path)
    old_id = None if old is None else blob_id(old)
    lines = split_lines(old or b"")
    result, done = [], 0
    for hunk in change.hunks:
        end = hunk.start + len(hunk.before)
        if hunk.start < done or lines[hunk.start : end] != hunk.before:
            _refuse(change, f"does not match at line {hunk.start + 1}")
        result += lines[done : hunk.start] + hunk.after
        done = end
    if old_id != change.before:
        _refuse(
            change, f"was made for {_describe(change.before)}, but there is {_describe(old_id)}"
        )
    new = b"".join(result + lines[done:])
    new_id = blob_id(new) if new or change.after else None  # a deletion leaves no line
    if new_id != change.after:
        _refuse(change, f"promises {_describe(change.after)}, but gives {_describe(new_id)}")
    if change.after is None:
        del files[change.path]
    else:
        files[change.path] = new


def _refuse(change: Change, why: str) -> Never:
    raise ForkError(f"{change.patch}: the change of {change.path} {why}")


def _describe(blob: str | None) -> str:
    return "no file" if blob is None else f"blob {blob}"


def split_lines(data: bytes) -> list[bytes]:
    """Split after each line feed and nowhere else, as diff and git do."""
    return re.findall(rb"[^\n]*\n|[^\n]+", data)
