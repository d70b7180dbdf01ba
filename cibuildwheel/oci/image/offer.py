"""What a registry offers for a reference: the platforms, and the manifest of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.wanted.platform import needs_more

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cibuildwheel.oci.image.manifest import Entry, Index, Manifest
    from cibuildwheel.oci.wanted.platform import Platform

DEEPEST = 4


class Flaw(Enum):
    """Why an engine can make no container of a manifest."""

    GONE = "the registry no longer has it, or its config"
    NO_IMAGE = "it is something else than an image"
    PACKED = "it has layers that the engine can't unpack"


@dataclass(frozen=True)
class Own:
    """What a manifest and the config that it names say themselves.

    `label` is the platform that the config claims, None if it claims none; `flaw` is what is known
    to be in the way; `stored` is whether the engine has it.
    """

    label: Platform | None = None
    flaw: Flaw | None = None
    stored: bool = False


@dataclass(frozen=True)
class Candidate:
    """A manifest that an engine could run.

    `platform` is what the index says, or else the config; None if that claims none. `size` is that
    of its layers in bytes, 0 where it was not asked for: an index does not tell. `doubtful` is one
    that clients may have to pass over. `own` is None where it was not read.
    """

    platform: Platform | None
    digest: str
    size: int = 0
    shape: Shape = Shape.OCI_MANIFEST
    doubtful: bool = False
    own: Own | None = None


@dataclass(frozen=True)
class Offer:
    """The candidates behind a reference, in the order of the index, and the shape it is made as."""

    shape: Shape
    candidates: tuple[Candidate, ...]

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms offered, each once, in order."""
        return tuple(dict.fromkeys(c.platform for c in self.candidates if c.platform))

    def of(self, platform: Platform) -> tuple[Candidate, ...]:
        """The candidates of exactly `platform`: none, one, or more where an index repeats it."""
        return tuple(c for c in self.candidates if c.platform == platform)

    def variants_of(self, platform: Platform) -> tuple[Candidate, ...]:
        """The candidates of `platform` that may need more of the processor, the least first."""
        found = (c for c in self.candidates if c.platform and needs_more(c.platform, platform))
        return tuple(sorted(found, key=lambda c: str(c.platform)))


@dataclass(frozen=True)
class NoAnswer:
    """The registry was not asked, or said nothing of use. `reason` is one line for people."""

    reason: str


@dataclass(frozen=True)
class NotFound:
    """The registry says that there is no such image."""

    reason: str


@dataclass(frozen=True)
class Obsolete:
    """The registry has the image in a form that engines no longer pull."""


Answer = Offer | NoAnswer | NotFound | Obsolete


def offer_of_manifest(manifest: Manifest, digest: str, own: Own) -> Offer:
    """What a single `manifest` offers, by its own digest and what it says itself."""
    shape = manifest.shape
    return Offer(shape, (Candidate(own.label, digest, manifest.size, shape, own=own),))


def offer_of_index(index: Index, nested: Mapping[str, Index | None], depth: int = DEEPEST) -> Offer:
    """What `index` offers, with the indexes inside it taken from `nested` by digest, None if gone.

    Attestations and entries without a platform are no candidates: engines run neither (OCI image
    index specification, "platform"; BuildKit's attestation storage). An index inside an index is
    followed `depth` times, and passed over where `nested` does not hold it.
    """
    candidates: list[Candidate] = []
    for entry in index.entries:
        if not entry.nested:
            candidates += _candidates(entry)
        elif depth and entry.digest in nested:
            inner = nested[entry.digest]
            candidates += (
                offer_of_index(inner, nested, depth - 1).candidates
                if inner
                else [Candidate(entry.platform, entry.digest, own=Own(flaw=Flaw.GONE))]
            )
    return Offer(index.shape, tuple(candidates))


def _candidates(entry: Entry) -> list[Candidate]:
    if not entry.platform or entry.attestation:
        return []
    shape, doubtful = entry.shape, entry.doubtful
    return [Candidate(entry.platform, entry.digest, shape=shape, doubtful=doubtful)]
