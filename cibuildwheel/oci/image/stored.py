"""What an engine has stored under a name: a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.platform import Platform


@dataclass(frozen=True)
class Stored:
    """What the engine has under `name`; `platform` is None where that claims no architecture.

    `certain` is False where the engine does not tell the variant and the architecture has several.
    `digest` is what the repository knows it by, `""` where the engine does not remember. `since` is
    the time that it is kept since, for people, where a run has kept it and not the user.
    """

    name: str
    platform: Platform | None
    certain: bool = True
    digest: str = ""
    since: str = ""
