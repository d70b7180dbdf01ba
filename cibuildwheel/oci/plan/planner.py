"""Plan all containers of a run: ask the engines and the registries, at once, and change nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.ci import detect_ci_provider
from cibuildwheel.oci.emulation.advice import impossible
from cibuildwheel.oci.engine.docker_config import checks_signatures
from cibuildwheel.oci.engine.kept import list_kept
from cibuildwheel.oci.engine.registry import ask_registry
from cibuildwheel.oci.engine.store import inspect, is_named_by_id, look, stored
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError, ImageError
from cibuildwheel.oci.image.offer import NoAnswer, NotFound
from cibuildwheel.oci.plan.candidates import with_own
from cibuildwheel.oci.plan.decide import Decision, decide, decide_stored
from cibuildwheel.oci.plan.engines import Engines
from cibuildwheel.oci.plan.place import place
from cibuildwheel.oci.plan.plan import Planned
from cibuildwheel.oci.plan.refuse import bad_name
from cibuildwheel.oci.plan.waiting import results
from cibuildwheel.oci.wanted.kept import kept_of
from cibuildwheel.oci.wanted.reference import is_id, is_pinned, transport
from cibuildwheel.oci.wanted.want import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cibuildwheel.errors import FatalError
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.engine.store import Image
    from cibuildwheel.oci.errors import EmulationError
    from cibuildwheel.oci.image.offer import Answer
    from cibuildwheel.oci.image.stored import Stored
    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.kept import Kept
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want

ENGINES_AT_ONCE = 4
AT_ONCE = 8
ASKED_AT_ONCE = 16
NO_ID = "no registry knows an id"


def make_plan(wants: Sequence[Want]) -> list[Planned]:
    """One container for each of `wants`, in order, with all that is in the way of it.

    Nothing is pulled, tagged or left behind: engines are tried with a probe, registries are asked.
    """
    engines = Engines()
    places = place(list(map(tidy, wants)), engines.abilities)
    wants = [one.want for one in places]
    distinct = _merged(wants)
    refused = {
        _key(want): Planned(want, refusals=(e,)) for want in distinct if (e := bad_name(want))
    }
    refused |= {
        _key(one.want): Planned(one.want, refusals=(one.error,)) for one in places if one.error
    }
    planned = dict(refused)
    asked = [want for want in distinct if _key(want) not in refused]
    groups: dict[Address, list[Want]] = {}
    for want in asked:
        groups.setdefault(want.address, []).append(want)
    with ThreadPoolExecutor(ENGINES_AT_ONCE) as executor:
        plans = executor.map(partial(_plan_engine, engines), groups, groups.values())
        for here, there in zip(groups.values(), plans, strict=True):
            planned |= zip(map(_key, here), there, strict=True)
    plan = [replace(planned[_key(one.want)], want=one.want, why=one.why) for one in places]
    if not any(one.tools for one in plan):
        return plan
    # only who asked for tools has the modules loaded that are about them
    from cibuildwheel.oci.plan.tools import with_compilers  # noqa: PLC0415

    return with_compilers(plan)


def is_stored(engine: Engine, decision: Decision) -> bool:
    """Whether `engine` has now what `decision` names."""
    label = decision.platform
    have = look(engine, [decision.name], [label] if label else [])
    return any(one.platform == label for one in have)


def _plan_engine(engines: Engines, address: Address, wants: Sequence[Want]) -> list[Planned]:
    engines.await_start(address)
    names = list(dict.fromkeys(want.image for want in wants))
    with ThreadPoolExecutor(AT_ONCE) as executor:
        # at the same time: what an engine is does not change how it is asked for an image
        inspected = executor.submit(inspect, address, names)
        listed = executor.submit(list_kept, address)
        try:
            engine = engines.describe(address)
            kept = [kept_of(want, listed.result()) for want in wants]
            return _plan_wants(engines, engine, wants, inspected.result(), kept)
        except (EngineUnusableError, EngineTooOldError) as error:
            return [Planned(want, refusals=(error,)) for want in wants]


def _plan_wants(
    engines: Engines,
    engine: Engine,
    wants: Sequence[Want],
    images: Mapping[str, Image],
    kept: Sequence[tuple[Kept, ...]],
) -> list[Planned]:
    needed: dict[Platform, tuple[str, ...]] = {}
    for want in wants:
        needed[want.platform] = needed.get(want.platform, ()) + want.identifiers
    with ThreadPoolExecutor(AT_ONCE) as executor:
        tried = executor.submit(engines.try_platforms, engine, needed)
        known = list(executor.map(partial(_local, engine, images), wants, kept))
        left = (one.want.image for one in known if not one.at_hand)
        answers = _answers(engine, dict.fromkeys(left), _unasked(wants, images))
        heard = with_own(engine, wants, [answers.get(want.image) for want in wants])
        outcomes = list(executor.map(partial(_outcome, engine), known, heard))
    trials = {trial.platform: trial for trial in tried.result()}
    provider = detect_ci_provider()
    refused = {p: impossible(engine, trials[p], needed[p], provider) for p in needed}
    return [
        _planned(Planned(want, engine, trials[want.platform], answer, kept=old), outcome, refused)
        for want, answer, outcome, old in zip(wants, heard, outcomes, kept, strict=True)
    ]


def _unasked(wants: Iterable[Want], images: Mapping[str, Image]) -> dict[str, Answer]:
    """What is known of images that no registry is asked about."""
    own_way = NoAnswer("create_args say how the engine is to pull it")
    by_id = NotFound(NO_ID)
    named = [name for name, image in images.items() if is_named_by_id(name, image)]
    by_options = (want.image for want in wants if want.pull.options)
    return {**dict.fromkeys(by_options, own_way), **dict.fromkeys(named, by_id)}


def _answers(
    engine: Engine, images: Iterable[str], unasked: Mapping[str, Answer]
) -> dict[str, Answer]:
    """What the registries say of `images`, all asked at once: what hangs hangs for one only."""
    with ThreadPoolExecutor(ASKED_AT_ONCE) as executor:
        asked = {image: executor.submit(_ask, engine, unasked, image) for image in images}
        return results(asked, lambda image: image)


def _ask(engine: Engine, unasked: Mapping[str, Answer], image: str) -> Answer:
    """What the registry offers for `image`, if one can."""
    if image in unasked:
        return unasked[image]
    if is_id(image):
        return NotFound(NO_ID)
    if engine.name == "podman" and (kind := transport(image)):
        return NoAnswer(f"{kind} names no registry")
    if engine.name == "docker" and checks_signatures():
        return NoAnswer("DOCKER_CONTENT_TRUST has docker pull it by its signed tag")
    return ask_registry(engine, image)


def _planned(
    planned: Planned,
    outcome: Decision | ImageError,
    refused: Mapping[Platform, EmulationError | None],
) -> Planned:
    impossible = refused[planned.want.platform]
    refusals: tuple[FatalError, ...] = (impossible,) if impossible else ()
    if isinstance(outcome, ImageError):
        return replace(planned, refusals=(*refusals, outcome))
    return replace(planned, decision=outcome, refusals=refusals)


@dataclass(frozen=True)
class _Local:
    """What an engine has for `want`: `have` under its name, `kept` of runs before."""

    want: Want
    have: tuple[Stored, ...]
    kept: tuple[Kept, ...]

    @property
    def at_hand(self) -> Decision | None:
        """The decision, where no registry has to be asked."""
        return decide_stored(self.want, self.have)


def _local(
    engine: Engine, images: Mapping[str, Image], want: Want, kept: tuple[Kept, ...]
) -> _Local:
    have = stored(engine, {want.image: images[want.image]}, want.labels)
    local = _Local(want, have, kept)
    # a digest is what it was
    return _with_kept(engine, local) if is_pinned(want.image) else local


def _with_kept(engine: Engine, local: _Local) -> _Local:
    """`local` with the newest of what was kept: what that is labelled was certain then."""
    if not local.kept:
        return local
    newest = local.kept[0]
    found = look(engine, [newest.name], local.want.labels, local.want.image)
    there = (replace(one, certain=True, since=str(newest.day)) for one in found)
    return replace(local, have=(*local.have, *there))


def _outcome(engine: Engine, local: _Local, answer: Answer | None) -> Decision | ImageError:
    if local.at_hand:
        return local.at_hand
    assert answer, local.want.image
    if isinstance(answer, NoAnswer | NotFound):
        local = _with_kept(engine, local)
    try:
        return decide(local.want, local.have, answer)
    except ImageError as error:
        return error


def _key(want: Want) -> Want:
    return replace(want, identifiers=())


def _merged(wants: Iterable[Want]) -> list[Want]:
    """`wants` with those that differ only in who wants them put together."""
    merged: dict[Want, Want] = {}
    for want in wants:
        known = merged.get(_key(want), _key(want))
        merged[_key(want)] = replace(known, identifiers=known.identifiers + want.identifiers)
    return list(merged.values())
