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
from cibuildwheel.oci.store import look
from cibuildwheel.oci.trial import try_platforms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cibuildwheel.errors import FatalError
    from cibuildwheel.oci.engine import EngineName
    from cibuildwheel.oci.errors import EmulationError
    from cibuildwheel.oci.offer import Answer
    from cibuildwheel.oci.platform import Platform
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
    try:
        engine = describe(name)
    except (EngineUnusableError, EngineTooOldError) as error:
        return [Planned(want, refusals=(error,)) for want in wants]
    needed: dict[Platform, tuple[str, ...]] = {}
    for want in wants:
        needed[want.platform] = needed.get(want.platform, ()) + want.identifiers
    asked = {want.image: Once(partial(ask_registry, engine, want.image)) for want in wants}
    with ThreadPoolExecutor(AT_ONCE) as executor:
        tried = executor.submit(try_platforms, engine, needed)
        decided = list(executor.map(lambda w: _decided(engine, w, asked[w.image]), wants))
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


def _decided(engine: Engine, want: Want, ask: Callable[[], Answer]) -> Decision | ImageError:
    try:
        return _decide(engine, want, ask)
    except ImageError as error:
        return error


def _decide(engine: Engine, want: Want, ask: Callable[[], Answer]) -> Decision:
    kept = kept_name(want)
    names = [want.image, kept] if kept else [want.image]
    # what was kept was certain when it was pulled, also where podman tells no variant
    stored = [
        replace(have, certain=True) if have.name == kept else have
        for have in look(engine, names, want.labels)
    ]
    if decision := decide_stored(want, stored):
        return decision
    decision = decide(want, stored, ask())
    if decision.source is Source.PULLED and _has(engine, decision):
        return replace(decision, source=Source.STORED)
    return decision


def _has(engine: Engine, decision: Decision) -> bool:
    stored = look(engine, [decision.name], [decision.platform])
    return any(have.platform == decision.platform for have in stored)


def _key(want: Want) -> Want:
    return replace(want, identifiers=())


def _merged(wants: Iterable[Want]) -> list[Want]:
    """`wants` with those that differ only in who wants them put together."""
    merged: dict[Want, Want] = {}
    for want in wants:
        known = merged.get(_key(want), _key(want))
        merged[_key(want)] = replace(known, identifiers=known.identifiers + want.identifiers)
    return list(merged.values())
