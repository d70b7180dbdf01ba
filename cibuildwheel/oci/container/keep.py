"""Accept what a container holds, and keep the image of it for later runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from cibuildwheel.oci.container.proof import Container, prove
from cibuildwheel.oci.engine.kept import forget, keep
from cibuildwheel.oci.wanted.kept import kept_as, mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.plan.settled import Settled


class Settlement(Container, Protocol):
    """A running container that knows what it was made from."""

    settled: Settled | None


def accept(container: Settlement, platform: str, files: Sequence[str]) -> None:
    """`prove` the `files` of `container`; then keep its image, as nothing speaks against it.

    Raises ContentError as `prove` does, and keeps nothing then.
    """
    prove(container, platform, files)
    if container.settled:
        keep_proven(container.settled)


def keep_proven(settled: Settled) -> None:
    """Keep the content of `settled` under a name of its own, and no older one of the same image.

    What the user has under the name that was asked for is the user's to keep.
    """
    decision, engine = settled.decision, settled.engine.address
    content = decision.digest or decision.name
    there = {mark for kept in settled.kept for mark in (kept.mark, kept.name)}
    if not settled.ours or there & {mark_of(content), decision.name}:
        return
    name = kept_as(decision.want, content, datetime.now(UTC).date())
    if not name or not keep(engine, decision.name, name):
        return
    for old in settled.kept:
        # An older content that has no other name is left to the engine's own clean-up: another
        # run may be about to use it.
        if keep(engine, name, old.name):
            forget(engine, old.name)
