"""Which content a container is made from: pure, from what is wanted, stored and offered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from cibuildwheel.oci.image.offer import NoAnswer, NotFound, Obsolete, Offer
from cibuildwheel.oci.plan.choose import choose, label_of, meant, relabelled
from cibuildwheel.oci.plan.refuse import (
    OBSOLETE,
    label_option,
    listed,
    misnamed,
    not_found,
    schema_one,
    stored_only,
)
from cibuildwheel.oci.wanted.name import doubt
from cibuildwheel.oci.wanted.platform import needs_more
from cibuildwheel.oci.wanted.reference import at_digest, is_pinned, parse_reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.image.manifest import Shape
    from cibuildwheel.oci.image.offer import Answer, Candidate
    from cibuildwheel.oci.image.stored import Stored
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want


class Source(Enum):
    """Where the content comes from."""

    STORED = "stored"
    PULLED = "pull"
    UNSEEN = "pull, checked afterwards"


@dataclass(frozen=True)
class Decision:
    """What to make the container from.

    `name` is what the engine knows the content by, or will when it is pulled; `platform` is what
    the content is labelled as, and goes to the engine with it, None where it has no label. `digest`
    is that of the platform's own manifest. `size` is in bytes, 0 if unknown. `unread` is one that
    the registry offers without telling what is in it. For a pull that brings nothing there is
    `fallback`, or else `have`: the other platforms that the engine has stored under the name.
    """

    want: Want
    source: Source
    name: str
    platform: Platform | None
    digest: str = ""
    shape: Shape | None = None
    offered: tuple[Platform, ...] = ()
    size: int = 0
    notes: tuple[str, ...] = ()
    unread: bool = False
    fallback: Decision | None = None
    have: tuple[Platform, ...] = ()


def decide_stored(want: Want, stored: Sequence[Stored]) -> Decision | None:
    """The decision where the engine has just what is wanted, so that nobody else is asked.

    For i686 that is an image labelled so. One labelled amd64 may be a real amd64 image of the same
    tag: only the registry can tell. So it is with amd64/v2 for amd64, and with an image that has no
    label, unless the user says that it is right. A digest means the same for ever, also to who
    wants it anew.
    """
    if want.pull.anew and not is_pinned(want.image):
        return None
    for have in stored:
        said = have.platform is None and want.label is not None
        if have.certain and (want.names(have.platform) or said):
            return _stored(want, have, _label_notes(want))
    return None


def decide(want: Want, stored: Sequence[Stored], answer: Answer) -> Decision:
    """The decision where the engine does not have just what is wanted; `answer` is the registry's.

    Raises the ImageError that says why `want` can't be had.
    """
    match answer:
        case Offer():
            return _from_offer(want, answer)
        case Obsolete():
            if likely := _likely(want, stored, f"there it {OBSOLETE}"):
                return likely
            raise schema_one(want)
        case NotFound(reason):
            if likely := _likely(want, stored, reason):
                return likely
            have = _platforms(stored)
            raise stored_only(want, have, reason) if have else not_found(want, reason)
        case NoAnswer(reason):
            if not stored and (what := doubt(want.image, want.engine)):
                raise misnamed(want, f"{what}, and nobody answers ({reason})")
            likely = _likely(want, stored, reason)
            # The amd64 of a tag may be of an image that has i686, too; what was kept of it may be
            # another content than it is now.
            sure = (want.image, want.labels[0])
            if likely and (likely.name, likely.platform) == sure and not want.pull.anew:
                return likely
            unseen = _unseen(want, stored, reason)
            have = () if likely else _platforms(stored)
            return replace(unseen, fallback=likely, have=have)


def _from_offer(want: Want, offer: Offer) -> Decision:
    """What is chosen of `offer`, by its own digest and under its own label."""
    chosen = choose(want, offer)
    label = label_of(chosen)
    notes = *_notes(want, label), *_repetition_notes(want, chosen, meant(want, offer))
    return Decision(
        want,
        Source.STORED if chosen.own and chosen.own.stored else Source.PULLED,
        str(at_digest(parse_reference(want.image), chosen.digest)),
        label,
        chosen.digest,
        offer.shape,
        offer.platforms,
        chosen.size,
        notes,
        unread=chosen.own is None,
    )


def _likely(want: Want, stored: Sequence[Stored], reason: str) -> Decision | None:
    """What is stored and may well be right, for when the registry does not settle it."""
    likely = [*want.labels, *(have.platform for have in stored if want.takes(have.platform))]
    for label in likely:
        for have in stored:
            if have.platform == label:
                kept = f"What was kept of {want.image} on {have.since}"
                stored_as = have.platform or "no architecture"
                what = kept if have.since else f"The stored {have.name} ({stored_as})"
                doubt = f"is used as {want.platform}; its registry does not confirm it: {reason}"
                notes = (*_label_notes(want), f"{what} {doubt}")
                return _stored(want, have, notes)
    return None


def _unseen(want: Want, stored: Sequence[Stored], reason: str) -> Decision:
    """A pull by the name that the user gave, to be checked."""
    note = (
        f"What {want.image} offers could not be asked of its registry: {reason}. "
        "It is checked once pulled."
    )
    if users := _platforms([have for have in stored if not have.since]):
        note += f" What {want.address} has stored is for {listed(users)}."
    # that there is no registry to ask is nothing new to who names a transport
    notes = (*_label_notes(want), *(() if want.transport else (note,)))
    return Decision(want, Source.UNSEEN, want.image, want.labels[0], notes=notes)


def _platforms(stored: Sequence[Stored]) -> tuple[Platform, ...]:
    return tuple(dict.fromkeys(have.platform for have in stored if have.platform))


def _stored(want: Want, have: Stored, notes: tuple[str, ...]) -> Decision:
    return Decision(want, Source.STORED, have.name, have.platform, have.digest, notes=notes)


def _notes(want: Want, label: Platform | None) -> tuple[str, ...]:
    """What the user should know of content that is labelled `label`."""
    if label is None and want.label is None:
        says = f"{want.image} names no architecture. It is taken for {want.platform}"
        return (f"{says}, and what is in it is checked.",)
    if label and not relabelled(want) and needs_more(label, want.platform):
        says = f"{want.image} is for {label}: it, and what is built in it, may not run everywhere"
        return (f"{says}. If that is meant, say so: {label_option(want, label)}.",)
    return _label_notes(want, label if label != want.platform else None)


def _label_notes(want: Want, label: Platform | None = None) -> tuple[str, ...]:
    label = label or want.label
    if want.label is None or label == want.platform:
        return ()
    says = f"{want.image} is used for {want.platform} though it is labelled {label}"
    return (f"{says}, as image-platform of container-engine says.",)


def _repetition_notes(
    want: Want, chosen: Candidate, candidates: Sequence[Candidate]
) -> tuple[str, ...]:
    """That there are more like `chosen`, which nothing tells apart."""
    alike = (c for c in candidates if c.platform == chosen.platform and not c.doubtful)
    others = [c for c in alike if not (c.own and c.own.flaw) and c.digest != chosen.digest]
    if not others or chosen.doubtful:
        return ()
    says = f"{want.image} names {chosen.platform} more than once"
    return (f"{says}: {chosen.digest}, the first, is used.",)
