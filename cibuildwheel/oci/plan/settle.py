"""Settle what the containers of a run are made from, before anything is pulled; then pull that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine.store import keep, look, pull
from cibuildwheel.oci.errors import ImageError
from cibuildwheel.oci.plan.as_text import short, short_rows
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.plan import refusal
from cibuildwheel.oci.plan.planner import is_stored, kept_name, make_plan
from cibuildwheel.oci.plan.pulled import check_pulled, pull_error, stand_in
from cibuildwheel.oci.plan.show import show, warn
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cibuildwheel.oci.emulation.trial import Trial
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.plan.decide import Decision
    from cibuildwheel.oci.plan.plan import Planned
    from cibuildwheel.oci.wanted.want import EngineName


@dataclass(frozen=True)
class Settled:
    """A decision, the engine that it was made for, and the `QEMU_CPU` to set, `""` for none.

    `emulated` is whether the engine was seen to run the platform by an emulator.
    """

    engine: Engine
    decision: Decision
    cpu: str = ""
    emulated: bool = False

    @property
    def image(self) -> str:
        """What the engine knows the content by."""
        return self.decision.name

    @property
    def create_args(self) -> tuple[str, ...]:
        """What the engine needs to create a container of just that content, and pull nothing."""
        return (f"--platform={self.decision.platform}", "--pull=never")


def settle(wants: Sequence[Want]) -> list[Settled]:
    """One decision for each of `wants`, in order, told as a plan. Nothing that can be is pulled.

    What a registry could not be asked about is pulled at once, as the engine's own check is then
    the only one: no build has started yet.

    Raises EngineUnusableError or EngineTooOldError for an engine, EmulationError for one that can't
    run what is wanted; ImageError, of the class that says why, if one image can't be had;
    ImagesRefusedError with all reasons, if there are several.
    """
    plan = make_plan(wants)
    show(plan, short)
    warn(plan)
    if error := refusal(plan):
        raise error
    seen = _see(plan)
    show([now for now, before in zip(seen, plan, strict=True) if now != before], short_rows)
    if error := refusal(seen):
        raise error
    return _settled(seen)


def settle_image(
    engine: EngineName, image: str, platform: str, label: str | None = None
) -> Settled:
    """`settle` for one container, on `platform` such as `linux/arm64`; `label` as in `Want`."""
    labelled = parse_platform(label) if label else None
    return settle([Want(engine, image, parse_platform(platform), label=labelled)])[0]


def obtain(settled: Settled) -> Settled:
    """`settled` with its content in the engine's store, checked.

    Raises the ImageError that says why it can't be had or is not what it was said to be.
    """
    engine, decision = settled.engine, settled.decision
    if decision.source is Source.STORED:
        return settled
    pulled = pull(engine, decision.name, decision.platform)
    if not pulled.ok:
        error = pull_error(decision, pulled)
        instead = stand_in(decision, error)
        # a pull that fails can move a tag, too
        if instead is None or not is_stored(engine, instead):
            raise error
        for note in instead.notes:
            log.warning(note)
        return replace(settled, decision=instead)
    have = check_pulled(decision, look(engine, [decision.name], decision.want.labels))
    name, kept = have.name, kept_name(decision.want)
    unseen = decision.source is Source.UNSEEN
    # a tag would be moved by the next pull of it, for another platform
    if kept and (have.certain or not unseen) and keep(engine, name, kept) and unseen:
        name = kept
    stored = replace(
        decision,
        source=Source.STORED,
        name=name,
        platform=have.platform,
        digest=decision.digest or have.digest,
    )
    return replace(settled, decision=stored)


def _settled(plan: Iterable[Planned]) -> list[Settled]:
    return [
        Settled(one.engine, one.decision, *_emulation(one.trial))
        for one in plan
        if one.engine and one.decision
    ]


def _emulation(trial: Trial | None) -> tuple[str, bool]:
    return (trial.cpu, trial.ability is Ability.EMULATED) if trial else ("", False)


def _see(plan: Sequence[Planned]) -> list[Planned]:
    """`plan` after a pull of what no registry could be asked about, each once."""
    before = _settled(plan)
    moving = {one.image for one in before if one.decision.source is Source.UNSEEN}
    after = {
        one: _seen(_kept(one) if one.image in moving else one) for one in dict.fromkeys(before)
    }
    return [
        replace(planned, refusals=(now,))
        if isinstance(now := after[one], ImageError)
        else replace(planned, decision=now.decision)
        for planned, one in zip(plan, before, strict=True)
    ]


def _kept(settled: Settled) -> Settled:
    """`settled`, if it is stored, by a name that no pull for another container of the run moves."""
    engine, decision = settled.engine, settled.decision
    kept = kept_name(decision.want)
    if decision.source is Source.STORED and kept and keep(engine, decision.name, kept):
        return replace(settled, decision=replace(decision, name=kept))
    return settled


def _seen(settled: Settled) -> Settled | ImageError:
    if settled.decision.source is not Source.UNSEEN:
        return settled
    try:
        return obtain(settled)
    except ImageError as error:
        return error
