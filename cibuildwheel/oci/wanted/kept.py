"""The names that an engine keeps images under from run to run: pure.

In most stores a tag stands for one platform at a time, and tomorrow for another content. So what a
run has pulled and proven gets a name of its own, which tells since when it is kept. The host of it
is `localhost`, which no registry answers for.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cibuildwheel.oci.wanted.reference import parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.wanted.want import Want

REPOSITORY = "localhost/cibuildwheel"
DAY = "%Y%m%d"
LONGEST_TITLE = 60
MARK = 12

_KEPT = re.compile(rf"(?P<held>.+)\.(?P<day>\d{{8}})\.(?P<mark>[0-9a-f]{{{MARK}}})")


@dataclass(frozen=True)
class Kept:
    """An image that is kept under `name` since a `day`: the content of `mark`."""

    day: date
    mark: str
    name: str


def held_as(want: Want) -> str:
    """The name for what was pulled for `want`, as long as nothing has proven it.

    `""` for what has no name that a content could be kept under, such as the id of an image.
    """
    try:
        reference = parse_reference("" if want.transport else want.image)
    except ValueError:
        return ""
    named = str(reference) if reference.tag or reference.digest else f"{reference}:latest"
    title = re.sub(r"[^\w.-]+", "-", named.partition("@")[0], flags=re.ASCII).strip(".-")
    # without a mark two references could be kept under one name
    platform = str(want.platform).replace("/", "-")
    return f"{REPOSITORY}:{title[:LONGEST_TITLE]}-{mark_of(named)}-{platform}"


def kept_as(want: Want, content: str, day: date) -> str:
    """The name to keep `content`, a digest or an id, under that was proven for `want` on `day`."""
    held = held_as(want)
    return held and f"{held}.{day:{DAY}}.{mark_of(content)}"


def mark_of(content: str) -> str:
    """What tells `content`, such as a digest or an id, from another one."""
    return hashlib.sha256(content.encode()).hexdigest()[:MARK]


def kept_of(want: Want, names: Iterable[str]) -> tuple[Kept, ...]:
    """What of `names` is kept for `want`, the newest first."""
    found = [kept for kept in map(_parse, names) if kept and kept[0] == held_as(want)]
    return tuple(sorted((kept for _, kept in found), key=lambda kept: kept.day, reverse=True))


def _parse(name: str) -> tuple[str, Kept] | None:
    match = _KEPT.fullmatch(name)
    if match is None:
        return None
    try:
        day = datetime.strptime(match["day"], DAY).replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return match["held"], Kept(day, match["mark"], name)
