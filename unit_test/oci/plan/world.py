"""An engine's store and a registry for the tests of a plan, in place of the edges."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.errors import EngineUnusableError
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import Candidate, Offer, Own
from cibuildwheel.oci.image.stored import Stored
from cibuildwheel.oci.plan import bring, candidates, engines, planner, settle
from cibuildwheel.oci.wanted.kept import REPOSITORY
from cibuildwheel.oci.wanted.platform import Platform, parse_platform
from cibuildwheel.oci.wanted.pull import NO_WORD, Pull
from cibuildwheel.oci.wanted.want import Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest

    from cibuildwheel.oci.image.offer import Answer as Reply
    from cibuildwheel.oci.wanted.address import Address

ARM64, AMD64, I686, ARM_V7 = map(
    parse_platform, ("linux/arm64", "linux/amd64", "linux/386", "linux/arm/v7")
)
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def single(platform: Platform, digest: str = ONE) -> Offer:
    return Offer(Shape.OCI_MANIFEST, (Candidate(platform, digest, 5, own=Own(platform)),))


def want(
    name: str = "h.io/x:1",
    identifier: str = "cp313-manylinux_aarch64",
    *,
    pull: Pull = NO_WORD,
    **fields: str,
) -> Want:
    label = fields.get("label")
    return Want(
        "podman" if fields.get("engine") == "podman" else "docker",
        name,
        parse_platform(fields.get("platform", "linux/arm64")),
        (identifier,),
        parse_platform(label) if label else None,
        pull=pull,
        context=fields.get("context", ""),
    )


@dataclass
class World:
    """An engine's store and a registry, in place of the edges; keeps what was done.

    `stored` is what the engine has by each name, and by each id, which is `id of` the name that it
    came by. `pulls` is what a pull brings by name, or by name and platform: what the engine says,
    where that is nothing; by default it is what is offered by digest. `owns` is what the registry
    says of a manifest by digest, None for nothing; by default what is offered. `contexts` are the
    abilities of engines other than the one of no context. `unusable` is what is said of the engines
    that give no answer, by what they are called in a message.
    """

    stored: dict[str, Platform | None] = field(default_factory=dict)
    offers: dict[str, Reply] = field(default_factory=dict)
    pulls: dict[str, Platform | str | None] = field(default_factory=dict)
    owns: dict[str, Own | None] = field(default_factory=dict)
    described: list[str] = field(default_factory=list)
    abilities: dict[Platform, Ability] = field(default_factory=dict)
    contexts: dict[str, dict[Platform, Ability]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    tried: list[tuple[str, Platform]] = field(default_factory=list)
    cpus: dict[Platform, str] = field(default_factory=dict)
    certain: bool = True
    looked: list[tuple[str, ...]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    read: list[tuple[str, bool]] = field(default_factory=list)
    pulled: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    options: list[Sequence[str]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    machines: dict[str, str] = field(default_factory=dict)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        edges = {
            engines: ("describe", "try_platforms"),
            planner: ("inspect", "look", "ask_registry", "list_kept"),
            bring: ("inspect", "look", "pull", "keep", "forget", "shell_machine"),
            settle: ("inspect", "look"),
            candidates: ("inspect", "look_closer"),
        }
        for module, names in edges.items():
            for name in names:
                monkeypatch.setattr(module, name, getattr(self, name))
        for module in (planner, bring, candidates):
            monkeypatch.setattr(module, "stored", self.look)

    def describe(self, address: Address) -> Engine:
        self.described.append(str(address))
        if said := self.unusable.get(str(address)):
            raise EngineUnusableError(said)
        return Engine(address.name, Store.CLASSIC, AMD64, (), context=address.context)

    def try_platforms(self, engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
        platforms = list(platforms)
        self.tried += [(engine.context, platform) for platform in platforms]
        abilities = self.contexts.get(engine.context, self.abilities)
        return [
            Trial(
                platform,
                abilities.get(platform, Ability.NATIVE),
                cpu=self.cpus.get(platform, ""),
            )
            for platform in platforms
        ]

    def list_kept(self, _engine: Address) -> list[str]:
        return [name for name in self.stored if name.startswith(f"{REPOSITORY}:")]

    def inspect(self, _engine: Address, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        there = {name: name in self.stored for name in names}
        return {name: {"Id": self._id(name)} if has else {} for name, has in there.items()}

    def look(
        self,
        _engine: Engine,
        names: Iterable[str],
        _labels: Sequence[Platform],
        _origin: str = "",
    ) -> tuple[Stored, ...]:
        self.looked.append(tuple(names))
        found = [name for name in self.looked[-1] if name in self.stored]
        return tuple(Stored(name, self.stored[name], self.certain) for name in found)

    def ask_registry(self, _engine: Engine, name: str) -> Reply:
        self.asked.append(name)
        return self.offers[name]

    def look_closer(
        self, _engine: Engine, name: str, candidate: Candidate, *, thorough: bool
    ) -> Candidate:
        self.read.append((f"{name}@{candidate.digest}", thorough))
        return replace(candidate, own=self.owns.get(candidate.digest, Own(candidate.platform)))

    def pull(
        self,
        _engine: Engine,
        name: str,
        platform: Platform | None,
        label: str = "",
        options: Sequence[str] = (),
    ) -> Answer:
        self.pulled.append(f"{name} {platform}")
        self.labels.append(label)
        self.options.append(options)
        brought = self.pulls.get(f"{name} {platform}", self.pulls.get(name, self._offered(name)))
        if isinstance(brought, str):
            return Answer(1, "", brought)
        if name in self.stored:  # under its id it stays
            self.stored[self._id(name)] = self.stored[name]
        self.ids[name] = f"id of {name} {platform}"
        self.stored |= {name: brought, self.ids[name]: brought}
        return Answer(0, "", "")

    def _offered(self, name: str) -> Platform | str | None:
        candidates = (c for o in self.offers.values() if isinstance(o, Offer) for c in o.candidates)
        found = (c.platform for c in candidates if name.endswith(f"@{c.digest}"))
        return next(found, "manifest unknown")

    def shell_machine(self, _engine: Address, name: str, _label: Platform) -> str:
        return self.machines[name]

    def keep(self, _engine: Address, image: str, name: str) -> bool:
        self.ids[name] = self._id(image)
        self.stored |= {name: self.stored[image], self.ids[name]: self.stored[image]}
        return True

    def forget(self, _engine: Address, name: str) -> None:
        self.stored.pop(name, None)
        image = self.ids.pop(name, "")
        if image not in self.ids.values():
            self.stored.pop(image, None)

    def _id(self, name: str) -> str:
        return self.ids.get(name, name if name.startswith("id of ") else f"id of {name}")


def barrier(parties: int) -> threading.Barrier:
    """What lets `parties` threads go on when all have come, and none alone."""
    return threading.Barrier(parties, timeout=20)
