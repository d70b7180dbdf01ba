"""Ask what the candidates that containers may be made from say themselves: each of them once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.registry import look_closer
from cibuildwheel.oci.engine.store import inspect, stored
from cibuildwheel.oci.image.offer import Offer, Own
from cibuildwheel.oci.plan.choose import meant
from cibuildwheel.oci.plan.waiting import results
from cibuildwheel.oci.wanted.platform import needs_more
from cibuildwheel.oci.wanted.reference import at_digest, parse_reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.engine.store import Image
    from cibuildwheel.oci.image.offer import Answer, Candidate
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want

    Key = tuple[str, Candidate]

AT_ONCE = 8


def with_own(
    engine: Engine, wants: Sequence[Want], answers: Sequence[Answer | None]
) -> list[Answer | None]:
    """`answers`, which are for `wants`, with what the candidates meant say themselves.

    The engine is asked first, by digest; for what it does not have, the registry.
    """
    needed: dict[Key, bool] = {}
    for want, answer in zip(wants, answers, strict=True):
        if isinstance(answer, Offer):
            candidates = meant(want, answer)
            for candidate in candidates:
                key = want.image, candidate
                # of several, one may be no image
                needed[key] = needed.get(key, False) or len(candidates) > 1
    if not needed:
        return list(answers)
    images = inspect(engine.address, [_name(*key) for key in needed])
    with ThreadPoolExecutor(AT_ONCE) as executor:
        told = results(
            {
                key: executor.submit(_own, engine, images, *key, thorough=thorough)
                for key, thorough in needed.items()
            },
            lambda key: key[0],
        )
    return [
        _with(want.image, answer, told) if isinstance(answer, Offer) else answer
        for want, answer in zip(wants, answers, strict=True)
    ]


def _with(image: str, offer: Offer, told: dict[Key, Candidate]) -> Offer:
    return replace(offer, candidates=tuple(told.get((image, c), c) for c in offer.candidates))


def _name(image: str, candidate: Candidate) -> str:
    return str(at_digest(parse_reference(image), candidate.digest))


def _own(
    engine: Engine,
    images: Mapping[str, Image],
    image: str,
    candidate: Candidate,
    *,
    thorough: bool,
) -> Candidate:
    own = candidate.own
    known = own.label if own and not own.flaw else None
    name = _name(image, candidate)
    label = known or candidate.platform
    for have in stored(engine, {name: images[name]}, [label] if label else []):
        # podman tells no variant
        if not known or have.platform == known or _is_all_told(have.platform, known):
            return replace(candidate, own=Own(known or have.platform, stored=True))
    if own:
        return candidate
    return look_closer(engine, image, candidate, thorough=thorough)


def _is_all_told(told: Platform | None, known: Platform) -> bool:
    return told is not None and needs_more(known, than=told)
