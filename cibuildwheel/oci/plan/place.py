"""Place each container whose option names several contexts with the engine that suits it best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.wanted.address import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cibuildwheel.oci.wanted.address import EngineName
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want

    Abilities = dict[Platform, dict[str, Ability]]
    # How the engine of an address runs each of some platforms; raises what describing it does.
    Try = Callable[[Address, Sequence[Platform]], Mapping[Platform, Ability]]
    NoEngine = EngineUnusableError | EngineTooOldError

# The best first, and what is said of the first that is so, of those that are named.
WORDS = {
    Ability.NATIVE: "the first of {} that runs it natively",
    Ability.EMULATED: "the first of {} that emulates it, as none runs it natively",
    Ability.UNKNOWN: "the first of {} that may run it, as none is known to",
}
NONE = "the first of {}, as none can run it"


@dataclass(frozen=True)
class Place:
    """Where a container is to be, by the one context of `want`, and why.

    Or the `error` of an engine that gave no answer. Nothing is to be said of what names no more
    than one.
    """

    want: Want
    why: str = ""
    error: NoEngine | None = None


def place(wants: Sequence[Want], try_: Try) -> list[Place]:
    """The place of each of `wants`, in order.

    Contexts are tried in the order of the option, until one runs the platform natively. One before
    that whose engine gives no answer is an error: what is slower may be no stand-in for it.
    """
    groups: dict[tuple[EngineName, tuple[str, ...]], dict[Platform, None]] = {}
    for want in wants:
        if want.contexts:
            groups.setdefault((want.engine, want.contexts), {})[want.platform] = None
    tried = {key: _try_all(*key, platforms, try_) for key, platforms in groups.items()}
    return [
        _placed(want, *tried[want.engine, want.contexts]) if want.contexts else Place(want)
        for want in wants
    ]


def best(abilities: Mapping[str, Ability]) -> tuple[str, str]:
    """The context that suits best, by how the engine of each runs a platform, and why."""
    ranks = [*WORDS, *(ability for ability in Ability if ability not in WORDS)]
    known = [ability if ability in WORDS else ranks[-1] for ability in abilities.values()]
    _, name = min(zip(map(ranks.index, known), abilities, strict=True), key=lambda pair: pair[0])
    return name, WORDS.get(abilities[name], NONE).format(", ".join(abilities))


def _try_all(
    engine: EngineName, contexts: Sequence[str], platforms: Iterable[Platform], try_: Try
) -> tuple[Abilities, NoEngine | None]:
    """How the engine of each context runs each platform, and why the last could not be asked."""
    found: Abilities = {platform: {} for platform in platforms}
    for context in contexts:
        left = [platform for platform, known in found.items() if not _is_native(known)]
        if not left:
            break
        try:
            abilities = try_(Address(engine, context), left)
        except (EngineUnusableError, EngineTooOldError) as error:
            return found, error
        for platform in left:
            found[platform][context] = abilities[platform]
    return found, None


def _placed(want: Want, found: Abilities, error: NoEngine | None) -> Place:
    abilities = found[want.platform]
    if error and not _is_native(abilities):
        return Place(replace(want, context=want.contexts[0], contexts=()), error=error)
    name, why = best(abilities)
    return Place(replace(want, context=name, contexts=()), why)


def _is_native(abilities: Mapping[str, Ability]) -> bool:
    return Ability.NATIVE in abilities.values()
