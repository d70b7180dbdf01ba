"""The table of the patches in docs/upstream.md: made from them, so that it can't go stale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE
from tools.fork.git import git
from tools.fork.series import read_series

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "docs/upstream.md"
BEGIN, END = "<!-- patches: python -m tools.fork list --write -->\n", "<!-- end -->\n"

_LINK = re.compile(r"^(https://github\.com/\S+/(?:issues|pull)/(\d+))$", re.MULTILINE)
_STATUS = re.compile(r"^Upstream-Status: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Listed:
    """A patch: what it is for, how it stands, what it settles, and how large it is.

    `links` are upstream's issues, by number. The lines are those that upstream's package gains and
    loses, and those of tests and documentation that it changes.
    """

    subject: str
    status: str
    links: dict[str, str]
    added: int
    removed: int
    beside: int


def listed(path: Path) -> Listed:
    """Read the patch `path`; raises `ForkError` for one that is not as it should be."""
    data = path.read_bytes()
    message = message_from_bytes(data, policy=default)
    text, _, _ = message.get_content().partition("\ndiff --git ")
    status = _STATUS.search(text)
    if status is None:
        raise ForkError(f"patches/{path.name} has no Upstream-Status")
    added = removed = beside = 0
    for line in git(path.parents[1], "apply", "--numstat", f"patches/{path.name}").splitlines():
        gained, lost, changed = line.split("\t")
        if changed.startswith(f"{PACKAGE}/"):
            added, removed = added + int(gained), removed + int(lost)
        else:
            beside += int(gained) + int(lost)
    subject = str(message["Subject"]).removeprefix("[PATCH]").strip()
    links = {number: link for link, number in _LINK.findall(text)}
    return Listed(subject, status[1], links, added, removed, beside)


def table(root: Path) -> str:
    """Return the table of the series in `root`, in Markdown."""
    patches = [listed(path) for path in read_series(root)]
    lines = [
        "| | patch | package | tests, docs | settles | status |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for number, one in enumerate(patches, 1):
        settles = ", ".join(f"[#{n}]({link})" for n, link in one.links.items()) or "-"
        size = f"+{one.added} -{one.removed} | {one.beside}"
        lines.append(f"| {number} | {one.subject} | {size} | {settles} | {one.status} |")
    totals = [sum(getattr(p, part) for p in patches) for part in ("added", "removed", "beside")]
    lines.append(f"| | together | +{totals[0]} -{totals[1]} | {totals[2]} | | |")
    return "\n".join(lines) + "\n"


def write(root: Path) -> None:
    """Put the table into docs/upstream.md of `root`."""
    before, _, after = _page(root)
    (root / PAGE).write_text(f"{before}{BEGIN}{table(root)}{END}{after}", "utf-8")


def is_current(root: Path) -> bool:
    """Whether docs/upstream.md of `root` has the table of the series as it is."""
    return _page(root)[1] == table(root)


def _page(root: Path) -> tuple[str, str, str]:
    try:
        text = (root / PAGE).read_text("utf-8")
    except OSError as error:
        raise ForkError(f"{PAGE}: {error.strerror}") from error
    before, begin, rest = text.partition(BEGIN)
    held, end, after = rest.partition(END)
    if not begin or not end:
        raise ForkError(f"{PAGE} has no lines {BEGIN.strip()!r} and {END.strip()!r}")
    return before, held, after
