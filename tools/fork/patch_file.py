"""Parse a patch as `python -m tools.fork export` writes it, and nothing else.

That is `git format-patch --full-index --no-renames`, with a fixed signature as the end mark.
"""

from __future__ import annotations

import re
from typing import Never

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE
from tools.fork.patch import Change, Hunk, split_lines

#: The signature that ends each patch, so that none can be cut short unnoticed.
SIGNATURE = "end of patch"

#: A patch may also change these files of upstream's repository, which no wheel contains.
NOT_SHIPPED = ("bin/", "docs/", "examples/", "test/", "unit_test/", "README.md")

_DIFF = re.compile(rb"diff --git a/(\S+) b/(\S+)\n")
_CREATED = re.compile(rb"new file mode 100(?:644|755)\n")
_DELETED = re.compile(rb"deleted file mode 100(?:644|755)\n")
_INDEX = re.compile(rb"index ([0-9a-f]{40})\.\.([0-9a-f]{40})(?: 100(?:644|755))?\n")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@\n")
_LINE = re.compile(rb"([ +-])(.*\n)")
_NO_NEWLINE = re.compile(rb"\\ No newline at end of file\n")
_NO_BLOB = b"0" * 40
_END = [b"-- \n", f"{SIGNATURE}\n".encode(), b"\n"]


def parse(name: str, data: bytes) -> list[Change]:
    """Return the changes in the patch `data`, which errors call `name`.

    Raises `ForkError` for anything that `export` does not write, such as a patch that is cut short,
    changes no file, renames one, or changes what is neither upstream's package nor its tests or
    docs.
    """
    return _Parser(name, data).patch()


class _Parser:
    """A cursor over the lines of one patch."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.lines = split_lines(data)
        self.at = 0

    def patch(self) -> list[Change]:
        while self.at < len(self.lines) and not self.at_change():
            if _INDEX.fullmatch(self.lines[self.at]):
                self.fail("part of a change, without its `diff --git` line")
            self.at += 1  # the mail: who, when and why
        changes = []
        while self.at_change():
            changes.append(self.change())
        if not changes:
            self.fail("changes no file")
        if self.lines[self.at :] != _END:
            self.fail_expecting("the next file or the end mark")
        return changes

    def at_change(self) -> bool:
        return self.at < len(self.lines) and self.lines[self.at].startswith(b"diff ")

    def change(self) -> Change:
        names = self.expect(_DIFF, "a `diff --git` line")
        path = names[1].decode("utf-8", "replace")
        if names[1] != names[2]:
            self.fail(f"{path} is renamed, which is not supported")
        if not path.startswith((f"{PACKAGE}/", *NOT_SHIPPED)) or ".." in path.split("/"):
            self.fail(f"{path} is not a file of upstream's that a patch may change")
        created, deleted = self.take(_CREATED), self.take(_DELETED)
        before, after = self.expect(_INDEX, "an `index` line with full ids").groups()
        if (before == _NO_BLOB) != bool(created) or (after == _NO_BLOB) != bool(deleted):
            self.fail(f"the `index` line contradicts whether {path} is created or deleted")
        return Change(
            self.name,
            path,
            None if created else before.decode(),
            None if deleted else after.decode(),
            self.hunks(
                b"/dev/null" if created else b"a/" + names[1],
                b"/dev/null" if deleted else b"b/" + names[1],
            ),
        )

    def hunks(self, old: bytes, new: bytes) -> list[Hunk]:
        hunks = []
        if self.take(_exactly(b"--- " + old)):  # there is none for an empty file
            self.expect(_exactly(b"+++ " + new), "a `+++` line with the same file")
            while header := self.take(_HUNK):
                hunks.append(self.hunk(header))
        return hunks

    def hunk(self, header: re.Match[bytes]) -> Hunk:
        first, n_before, n_after = (1 if n is None else int(n) for n in header.groups())
        before: list[bytes] = []
        after: list[bytes] = []
        while len(before) < n_before or len(after) < n_after:
            sign, text = self.expect(_LINE, "a line of the hunk").groups()
            if self.take(_NO_NEWLINE):
                text = text.removesuffix(b"\n")
            if sign in b" -":
                before.append(text)
            if sign in b" +":
                after.append(text)
        if len(before) != n_before or len(after) != n_after:
            self.fail("the hunk is longer than its header says")
        # A hunk with nothing before names the line that it follows.
        return Hunk(first - 1 if n_before else first, before, after)

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Step over the current line if it matches as a whole."""
        match = pattern.fullmatch(self.lines[self.at]) if self.at < len(self.lines) else None
        self.at += match is not None
        return match

    def expect(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        return self.take(pattern) or self.fail_expecting(what)

    def fail_expecting(self, what: str) -> Never:
        rest = b"".join(self.lines[self.at : self.at + 1])
        self.fail(f"expected {what}" if rest.endswith(b"\n") else f"cut short, before {what}")

    def fail(self, why: str) -> Never:
        raise ForkError(f"{self.name}:{self.at + 1}: {why}")


def _exactly(line: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(line + b"\n"))
