"""Which of the manifests that a registry offers a container is made from: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.plan.refuse import refusal, unfit
from cibuildwheel.oci.wanted.platform import needs_more
from cibuildwheel.oci.wanted.want import AMD64

if TYPE_CHECKING:
    from cibuildwheel.oci.image.offer import Candidate, Offer
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want


def meant(want: Want, offer: Offer) -> tuple[Candidate, ...]:
    """The candidates that `want` may be made from, by what the offer says of them.

    Those that clients may have to pass over come last.
    """
    found = _named(want, offer) or [c for c in offer.candidates if c.platform is None]
    return tuple(dict.fromkeys(sorted(found, key=lambda candidate: candidate.doubtful)))


def choose(want: Want, offer: Offer) -> Candidate:
    """The candidate that `want` is made from: the first that nothing speaks against.

    One that was read comes before one that could not be. Raises the ImageError that says why there
    is none.
    """
    candidates = meant(want, offer)
    if not candidates:
        raise refusal(want, offer)
    fitting = [candidate for candidate in candidates if fits(want, candidate)]
    if not fitting:
        raise unfit(want, offer, candidates)
    return min(fitting, key=lambda candidate: _rank(want, candidate))


def label_of(candidate: Candidate) -> Platform | None:
    """What the engine will know the content as; None if it claims no platform."""
    return candidate.own.label if candidate.own else candidate.platform


def fits(want: Want, candidate: Candidate) -> bool:
    """Whether nothing that is known of `candidate`, which is meant, speaks against it."""
    if candidate.own and candidate.own.flaw:
        return False
    label = label_of(candidate)
    if not relabelled(want):
        return want.takes(label) or candidate.platform == want.label
    superfluous = candidate.own is not None and label == candidate.platform == want.platform
    return not superfluous and {candidate.platform, label} <= {want.label, want.platform, None}


def relabelled(want: Want) -> bool:
    """Whether the user says that the image is labelled otherwise than it should be."""
    return want.label is not None and want.label != want.platform


def offered_as(want: Want) -> tuple[Platform, ...]:
    """The platforms that `want` may be offered as, whatever its label, the likeliest first.

    An index can be right where the label of the image in it is not, so what is wanted comes first;
    not before a label that asks more of the processor, as that is no mistake.
    """
    if needs_more(want.labels[0], want.platform):
        return (*want.labels, want.platform)
    return tuple(dict.fromkeys((want.platform, *want.labels)))


def _named(want: Want, offer: Offer) -> list[Candidate]:
    """Those of the wanted platform, or else of what will do where there is nothing else.

    That is a variant which needs more of the processor. The amd64 of an image that is made for
    several platforms is no i686.
    """
    if relabelled(want):
        assert want.label
        return [*offer.of(want.platform), *offer.of(want.label)]
    if found := offer.of(want.platform) or offer.variants_of(want.platform):
        return list(found)
    return list(offer.of(AMD64)) if AMD64 in want.labels and offer.platforms == (AMD64,) else []


def _rank(want: Want, candidate: Candidate) -> tuple[bool, ...]:
    """What was read comes first, and of that what the user's word for the label explains."""
    explained = candidate.platform == want.platform and label_of(candidate) == want.label
    unread = candidate.own is None
    likeliest = offered_as(want)[0] if unread else want.label
    return unread, not explained, candidate.platform != likeliest
