"""Plan all containers of a run: ask the engines and the registries, at once, and change nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.ci import detect_ci_provider
from cibuildwheel.oci.decide import Decision, Source, decide, decide_stored
from cibuildwheel.oci.describe import Engine, describe
from cibuildwheel.oci.emulation import impossible
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError, ImageError
from cibuildwheel.oci.once import Once
from cibuildwheel.oci.plan import Planned
from cibuildwheel.oci.reference import kept_as, parse_reference
from cibuildwheel.oci.registry import ask_registry
from cibuildwheel.oci.store import inspect, look, stored
from cibuildwheel.oci.trial import try_platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cibuildwheel.errors import FatalError
    from cibuildwheel.oci.engine import EngineName
    from cibuildwheel.oci.errors import EmulationError
    from cibuildwheel.oci.offer import Answer
    from cibuildwheel.oci.platform import Platform
    from cibuildwheel.oci.store import Image
    from cibuildwheel.oci.want import Want

AT_ONCE = 8


def make_plan(wants: Sequence[Want]) -> list[Planned]:
    """One container for each of `wants`, in order, with all that is in the way of it.

    Nothing is pulled, tagged or left behind: engines are tried with a probe, registries are asked.
    """
    distinct = _merged(wants)
    planned: dict[Want, Planned] = {}
    for name in dict.fromkeys(want.engine for want in distinct):
        here = [want for want in distinct if want.engine == name]
        planned |= zip(map(_key, here), _plan_engine(name, here), strict=True)
    return [replace(planned[_key(want)], want=want) for want in wants]


def kept_name(want: Want) -> str:
    """What the engine knows the content by that was last pulled for `want`; `""` for a bare id."""
    try:
        return str(kept_as(parse_reference(want.image), want.platform))
    except ValueError:
        return ""


def _plan_engine(name: EngineName, wants: Sequence[Want]) -> list[Planned]:
    with ThreadPoolExecutor(AT_ONCE) as executor:
        # at the same time: what an engine is does not change how it is asked for an image
        inspected = executor.map(lambda want: inspect(name, _names(want)), wants)
        try:
            engine = describe(name)
        except (EngineUnusableError, EngineTooOldError) as error:
            return [Planned(want, refusals=(error,)) for want in wants]
        return _plan_wants(engine, wants, list(inspected))


def _plan_wants(
    engine: Engine, wants: Sequence[Want], inspected: Sequence[dict[str, Image]]
) -> list[Planned]:
    needed: dict[Platform, tuple[str, ...]] = {}
    for want in wants:
        needed[want.platform] = needed.get(want.platform, ()) + want.identifiers
    asked = {want.image: Once(partial(ask_registry, engine, want.image)) for want in wants}
    with ThreadPoolExecutor(AT_ONCE) as executor:
        tried = executor.submit(try_platforms, engine, needed)
        decide_one = partial(_decided, engine)
        asks = [asked[want.image] for want in wants]
        decided = list(executor.map(decide_one, wants, inspected, asks))
    trials = {trial.platform: trial for trial in tried.result()}
    provider = detect_ci_provider()
    refused = {p: impossible(engine, trials[p], needed[p], provider) for p in needed}
    return [
        _planned(
            Planned(want, engine, trials[want.platform], asked[want.image].made),
            outcome,
            refused[want.platform],
        )
        for want, outcome in zip(wants, decided, strict=True)
    ]


def _planned(
    planned: Planned, outcome: Decision | ImageError, impossible: EmulationError | None
) -> Planned:
    refusals: tuple[FatalError, ...] = (impossible,) if impossible else ()
    if isinstance(outcome, ImageError):
        return replace(planned, refusals=(*refusals, outcome))
    return replace(planned, decision=outcome, refusals=refusals)


def _names(want: Want) -> list[str]:
    return list(filter(None, (want.image, kept_name(want))))


def _decided(
    engine: Engine, want: Want, images: dict[str, Image], ask: Callable[[], Answer]
) -> Decision | ImageError:
    try:
        return _decide(engine, want, images, ask)
    except ImageError as error:
        return error


def _decide(
    engine: Engine, want: Want, images: dict[str, Image], ask: Callable[[], Answer]
) -> Decision:
    kept = kept_name(want)
    # what was kept was certain when it was pulled, also where podman tells no variant
    have = [
        replace(one, certain=True) if one.name == kept else one
        for one in stored(engine, images, want.labels)
    ]
    if decision := decide_stored(want, have):
        return decision
    decision = decide(want, have, ask())
    if decision.source is Source.PULLED and _has(engine, decision):
        return replace(decision, source=Source.STORED)
    return decision


def _has(engine: Engine, decision: Decision) -> bool:
    have = look(engine, [decision.name], [decision.platform])
    return any(one.platform == decision.platform for one in have)


def _key(want: Want) -> Want:
    return replace(want, identifiers=())


def _merged(wants: Iterable[Want]) -> list[Want]:
    """`wants` with those that differ only in who wants them put together."""
    merged: dict[Want, Want] = {}
    for want in wants:
        known = merged.get(_key(want), _key(want))
        merged[_key(want)] = replace(known, identifiers=known.identifiers + want.identifiers)
    return list(merged.values())
