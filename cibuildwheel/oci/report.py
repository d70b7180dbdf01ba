"""What was settled, for people: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.decide import Decision, Source
from cibuildwheel.oci.reference import at_digest, parse_reference

if TYPE_CHECKING:
    from collections.abc import Sequence


def settled_lines(decisions: Sequence[Decision]) -> str:
    """Two lines a container: who is built on what, and the image, to paste into a configuration."""
    return "\n".join(_lines(decision) for decision in decisions)


def _lines(decision: Decision) -> str:
    want = decision.want
    facts = [str(want.platform), str(decision.shape) if decision.shape else "", _source(decision)]
    option = f"{want.option} = " if want.option else ""
    return f'  {want}: {", ".join(filter(None, facts))}\n    {option}"{_image(decision)}"'


def _source(decision: Decision) -> str:
    if decision.source is Source.PULLED and decision.size:
        return f"{decision.source.value} {decision.size / 1e6:.1f} MB"
    return decision.source.value


def _image(decision: Decision) -> str:
    """The content by digest where one is known that a registry would know too."""
    if not decision.digest:
        return decision.want.image
    return str(at_digest(parse_reference(decision.want.image), decision.digest))
