"""Settle what the containers of a run are made from, before anything is pulled; then pull that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine.store import id_of, inspect, look
from cibuildwheel.oci.errors import ImageError
from cibuildwheel.oci.plan.as_text import short, short_rows
from cibuildwheel.oci.plan.bring import bring, bring_seen, release
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.plan import refusal
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.plan.settled import Settled
from cibuildwheel.oci.plan.show import show, warn
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.pull import NO_WORD
from cibuildwheel.oci.wanted.reference import is_id, is_pinned
from cibuildwheel.oci.wanted.want import Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cibuildwheel.oci.plan.plan import Planned
    from cibuildwheel.oci.plan.tools import Crosses
    from cibuildwheel.oci.wanted.address import EngineName
    from cibuildwheel.oci.wanted.pull import Pull


def settle(wants: Sequence[Want]) -> list[Settled]:
    """One decision for each of `wants`, in order, told as a plan, and its content in the engine.

    Nothing is pulled if one of them is refused for what its engine or its registry says. What a
    registry could not be asked about is pulled first, as the engine's own check is then the only
    one.

    Raises EngineUnusableError or EngineTooOldError for an engine, EmulationError for one that can't
    run what is wanted; ImageError, of the class that says why, if one image can't be had;
    ImagesRefusedError with all reasons, if there are several; NativeToolsError for the tools.
    """
    plan = make_plan(wants)
    show(plan, short)
    warn(plan)
    if error := refusal(plan):
        raise error
    crosses: Crosses = {}
    if any(one.tools for one in plan):
        from cibuildwheel.oci.plan.tools import prepare_tools  # noqa: PLC0415

        crosses = prepare_tools(plan, settle)
    settled = _settled(plan)
    if any(one.decision.source is not Source.STORED for one in settled):
        settled = _pulled(plan, settled)
    settled = list(map(_by_id, settled))
    return _with_tools(settled, crosses) if any(one.tools for one in settled) else settled


def settle_image(
    engine: EngineName,
    image: str,
    platform: str,
    label: str | None = None,
    *,
    pull: Pull = NO_WORD,
    tools: tuple[str, ...] = (),
    context: str = "",
    contexts: tuple[str, ...] = (),
) -> Settled:
    """`settle` for one container, on `platform` such as `linux/arm64`; the others as in `Want`."""
    labelled = parse_platform(label) if label else None
    wanted = parse_platform(platform)
    want = Want(
        engine,
        image,
        wanted,
        label=labelled,
        pull=pull,
        tools=tools,
        context=context,
        contexts=contexts,
    )
    return settle([want])[0]


def obtain(settled: Settled) -> Settled:
    """`settled`, of which builds may have passed since: what was removed meanwhile is pulled again.

    Raises the ImageError that says why it can't be had any more.
    """
    engine, decision = settled.engine, settled.decision
    pinned = is_pinned(decision.name)
    if not (settled.ours or pinned) or look(engine, [decision.name], decision.want.labels):
        return settled
    if not pinned:
        return settle([decision.want])[0]
    again = bring_seen(replace(settled, decision=replace(decision, source=Source.PULLED)))
    if isinstance(again, ImageError):
        raise again
    return _by_id(again)


def _pulled(plan: Sequence[Planned], settled: Sequence[Settled]) -> list[Settled]:
    """`settled`, of what is in `plan`, with its content in the engine."""
    log.step("Pulling container images...")
    brought = bring(settled)
    seen = [_seen(one, brought[was]) for one, was in zip(plan, settled, strict=True)]
    show([now for now, one in zip(seen, settled, strict=True) if _was_unseen(one)], short_rows)
    if error := refusal(seen):
        release(*brought.values())
        raise error
    log.step_end()
    return [one for one in map(brought.get, settled) if isinstance(one, Settled)]


def _with_tools(settled: list[Settled], crosses: Crosses) -> list[Settled]:
    """`settled` with what of its tools only its image tells; `crosses` hold gcc."""
    from cibuildwheel.oci.plan.tools import with_tools  # noqa: PLC0415

    try:
        return with_tools(settled, crosses)
    except BaseException:
        release(*settled)
        raise
    finally:
        release(*crosses.values())


def _by_id(settled: Settled) -> Settled:
    """`settled` with the id of its image, where a container of it can't be created by the name."""
    engine, name = settled.engine, settled.decision.name
    if not engine.pulls_to_create:
        return settled
    return replace(settled, own_id=id_of(inspect(engine.address, [name])[name]))


def _settled(plan: Iterable[Planned]) -> list[Settled]:
    return [
        Settled(
            one.engine,
            one.decision,
            one.trial.cpu if one.trial else "",
            emulated=one.ability is Ability.EMULATED,
            ours=one.decision.name != one.want.image and not is_id(one.decision.name),
            kept=one.kept,
            tools=one.tools,
        )
        for one in plan
        if one.engine and one.decision
    ]


def _seen(planned: Planned, now: Settled | ImageError) -> Planned:
    if isinstance(now, ImageError):
        return replace(planned, refusals=(now,))
    return replace(planned, decision=now.decision)


def _was_unseen(settled: Settled) -> bool:
    return settled.decision.source is Source.UNSEEN
