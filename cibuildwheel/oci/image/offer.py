"""What a registry offers for a reference: the platforms, and the manifest of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cibuildwheel.oci.image.manifest import Index, Manifest, Shape
    from cibuildwheel.oci.wanted.platform import Platform

DEEPEST = 4


@dataclass(frozen=True)
class Candidate:
    """A manifest that an engine could run.

    `size` is that of its layers in bytes, 0 where it was not asked for: an index does not tell.
    """

    platform: Platform
    digest: str
    size: int = 0


@dataclass(frozen=True)
class Offer:
    """The candidates behind a reference, in the order of the index, and the shape it is made as."""

    shape: Shape
    candidates: tuple[Candidate, ...]

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """The platforms offered, each once, in order."""
        return tuple(dict.fromkeys(c.platform for c in self.candidates))

    def of(self, platform: Platform) -> tuple[Candidate, ...]:
        """The candidates of exactly `platform`: none, one, or more where an index repeats it."""
        return tuple(c for c in self.candidates if c.platform == platform)


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


def offer_of_manifest(manifest: Manifest, digest: str, platform: Platform) -> Offer:
    """What a single `manifest` offers, by its own digest and the platform in its config."""
    return Offer(manifest.shape, (Candidate(platform, digest, manifest.size),))


def offer_of_index(index: Index, nested: Mapping[str, Index], depth: int = DEEPEST) -> Offer:
    """What `index` offers, with the indexes inside it taken from `nested` by digest.

    Attestations and entries without a platform are no candidates: engines run neither (OCI image
    index specification, "platform"; BuildKit's attestation storage). An index inside an index is
    followed `depth` times, and passed over where `nested` does not hold it.
    """
    candidates: list[Candidate] = []
    for entry in index.entries:
        if entry.nested and depth and entry.digest in nested:
            inner = offer_of_index(nested[entry.digest], nested, depth - 1)
            candidates += inner.candidates
        elif entry.platform and not entry.attestation and not entry.nested:
            candidates.append(Candidate(entry.platform, entry.digest))
    return Offer(index.shape, tuple(candidates))
