"""Settle what the containers of a run are made from, before anything is pulled; then pull that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.decide import Decision, Source, decide, decide_stored
from cibuildwheel.oci.describe import Engine, describe
from cibuildwheel.oci.emulation import check_emulation
from cibuildwheel.oci.errors import ImageError, ImagesRefusedError, PullError
from cibuildwheel.oci.once import Once
from cibuildwheel.oci.platform import parse_platform
from cibuildwheel.oci.pulled import check_pulled, pull_error
from cibuildwheel.oci.reference import kept_as, parse_reference
from cibuildwheel.oci.registry import ask_registry
from cibuildwheel.oci.report import settled_lines
from cibuildwheel.oci.store import keep, look, pull
from cibuildwheel.oci.want import Want

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cibuildwheel.oci.engine import EngineName
    from cibuildwheel.oci.offer import Answer

AT_ONCE = 8


@dataclass(frozen=True)
class Settled:
    """A decision, the engine that it was made for, and the `QEMU_CPU` to set, `""` for none."""

    engine: Engine
    decision: Decision
    cpu: str = ""

    @property
    def image(self) -> str:
        """What the engine knows the content by."""
        return self.decision.name

    @property
    def create_args(self) -> tuple[str, ...]:
        """What the engine needs to create a container of just that content, and pull nothing."""
        return (f"--platform={self.decision.platform}", "--pull=never")


def settle(wants: Sequence[Want]) -> list[Settled]:
    """One decision for each of `wants`, in order. Nothing that can be settled is pulled.

    What a registry could not be asked about is pulled at once, as the engine's own check is then
    the only one: no build has started yet.

    Raises EngineUnusableError or EngineTooOldError for an engine, EmulationError for one that can't
    run what is wanted; ImageError, of the class that says why, if one image can't be had;
    ImagesRefusedError with all reasons, if more can't.
    """
    engines = {name: describe(name) for name in dict.fromkeys(want.engine for want in wants)}
    distinct = _merged(wants)
    cpus = {
        name: check_emulation(engine, [want for want in distinct if want.engine == name])
        for name, engine in engines.items()
    }
    offers = {
        (want.engine, want.image): Once(partial(ask_registry, engines[want.engine], want.image))
        for want in distinct
    }

    def settle_one(want: Want) -> Settled | ImageError:
        return _settle_one(engines[want.engine], want, offers[want.engine, want.image])

    with ThreadPoolExecutor(AT_ONCE) as executor:
        outcomes = list(executor.map(settle_one, distinct))
    settled = _all_or_none(outcomes)
    _say(settled)
    for one in settled:
        for note in one.decision.notes:
            log.warning(note)
    moving = {one.decision.name for one in settled if one.decision.source is Source.UNSEEN}
    fixed = [_kept(one) if one.decision.name in moving else one for one in settled]
    seen = _all_or_none([_seen(one) for one in fixed])
    _say([now for now, before in zip(seen, settled, strict=True) if now != before])
    by_key = {_key(want): one for want, one in zip(distinct, seen, strict=True)}
    return [replace(by_key[_key(w)], cpu=cpus[w.engine][w.platform]) for w in wants]


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
        raise pull_error(decision, pulled)
    have = check_pulled(decision, look(engine, [decision.name], decision.want.labels))
    name, kept = have.name, _kept_name(decision.want)
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


def _say(settled: Sequence[Settled]) -> None:
    if settled:
        print(settled_lines([one.decision for one in settled]))


def _settle_one(engine: Engine, want: Want, offer: Callable[[], Answer]) -> Settled | ImageError:
    try:
        return Settled(engine, _decide(engine, want, offer))
    except ImageError as error:
        return error


def _decide(engine: Engine, want: Want, offer: Callable[[], Answer]) -> Decision:
    kept = _kept_name(want)
    found = look(engine, _names(want), want.labels)
    # what was kept was certain when it was pulled, also where podman tells no variant
    stored = [replace(have, certain=True) if have.name == kept else have for have in found]
    if decision := decide_stored(want, stored):
        return decision
    decision = decide(want, stored, offer())
    if decision.source is Source.PULLED and _has(engine, decision):
        return replace(decision, source=Source.STORED)
    return decision


def _has(engine: Engine, decision: Decision) -> bool:
    stored = look(engine, [decision.name], [decision.platform])
    return any(have.platform == decision.platform for have in stored)


def _kept(settled: Settled) -> Settled:
    """`settled`, if it is stored, by a name that no pull for another container of the run moves."""
    engine, decision = settled.engine, settled.decision
    kept = _kept_name(decision.want)
    if decision.source is Source.STORED and kept and keep(engine, decision.name, kept):
        return replace(settled, decision=replace(decision, name=kept))
    return settled


def _seen(settled: Settled) -> Settled | ImageError:
    if settled.decision.source is not Source.UNSEEN:
        return settled
    try:
        return obtain(settled)
    except PullError as error:
        fallback = settled.decision.fallback
        if fallback is None:
            return error
        for note in fallback.notes:
            log.warning(note)
        return replace(settled, decision=fallback)
    except ImageError as error:
        return error


def _names(want: Want) -> list[str]:
    kept = _kept_name(want)
    return [want.image, kept] if kept else [want.image]


def _kept_name(want: Want) -> str:
    try:
        return str(kept_as(parse_reference(want.image), want.platform))
    except ValueError:
        return ""


def _key(want: Want) -> Want:
    return replace(want, identifiers=())


def _merged(wants: Iterable[Want]) -> list[Want]:
    """`wants` with those that differ only in who wants them put together."""
    merged: dict[Want, Want] = {}
    for want in wants:
        known = merged.get(_key(want), _key(want))
        merged[_key(want)] = replace(known, identifiers=known.identifiers + want.identifiers)
    return list(merged.values())


def _all_or_none(outcomes: Iterable[Settled | ImageError]) -> list[Settled]:
    settled = []
    refused = []
    for outcome in outcomes:
        settled.append(outcome) if isinstance(outcome, Settled) else refused.append(outcome)
    match refused:
        case []:
            return settled
        case [only]:
            raise only
        case _:
            reasons = "\n".join(f"- {error}" for error in refused)
            msg = f"{len(refused)} images can't be used:\n{reasons}"
            raise ImagesRefusedError(msg)
