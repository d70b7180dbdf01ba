"""What each pull of a plan will take: for who looks at it before a run; a run need not know."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.registry import pull_size
from cibuildwheel.oci.plan.decide import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.plan.plan import Planned

AT_ONCE = 8


def with_sizes(plan: Sequence[Planned]) -> list[Planned]:
    """`plan` with the size of what is pulled, as far as the registries tell: an index does not."""
    with ThreadPoolExecutor(AT_ONCE) as executor:
        return list(executor.map(_with_size, plan))


def _with_size(planned: Planned) -> Planned:
    engine, decision = planned.engine, planned.decision
    if not engine or not decision or decision.source is not Source.PULLED or decision.size:
        return planned
    return replace(planned, decision=replace(decision, size=pull_size(engine, decision.name)))
