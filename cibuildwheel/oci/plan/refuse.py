"""The reason and the fix, where an image can't be what is wanted: pure, for `decide`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.errors import (
    EmptyIndexError,
    ImageError,
    ImageNameError,
    ImageNotFoundError,
    ImageOSError,
    ImagePlatformError,
    PlatformNotOfferedError,
    PullError,
    SchemaOneImageError,
)
from cibuildwheel.oci.image.manifest import INDEXES
from cibuildwheel.oci.image.offer import Flaw
from cibuildwheel.oci.wanted.name import corrected, mistake
from cibuildwheel.oci.wanted.reference import transport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cibuildwheel.oci.image.offer import Candidate, Offer
    from cibuildwheel.oci.wanted.platform import Platform
    from cibuildwheel.oci.wanted.want import Want

OBSOLETE = "is of Docker's schema 1, which engines no longer pull"
GZIP = (
    "publish the image with layers compressed by gzip (docker buildx build "
    "--output type=image,push=true,compression=gzip,force-compression=true)"
)
UPDATES = {"docker": "Docker to 28 or newer", "podman": "podman to 5.7 or newer"}


def refusal(want: Want, offer: Offer) -> ImageError:
    """The error for an `offer` that holds none of the labels that `want` accepts."""
    if not offer.candidates:
        what = (
            f"names no image that an engine could run: no entry of its {offer.shape} has a platform"
        )
        return EmptyIndexError(reason(want, what, republish(want)))
    if offer.shape not in INDEXES:
        return other_platform(want, offer.platforms[0])
    offered = listed(offer.platforms)
    if all(platform.os != want.platform.os for platform in offer.platforms):
        what = f"is for another operating system: {offered} ({offer.shape})"
        return ImageOSError(reason(want, what, another_image(want)))
    what = f"offers {offered}, not {want.labels[0]} ({offer.shape})"
    return PlatformNotOfferedError(reason(want, what, relabel(want) or republish(want)))


def other_platform(
    want: Want, claimed: Platform, found: str = "is a single image labelled"
) -> ImageError:
    """The error for an image that is labelled `claimed`, as it was `found` to be."""
    if claimed.os != want.platform.os:
        what = f"is for another operating system: {claimed}"
        return ImageOSError(reason(want, what, another_image(want)))
    what = f"{found} {claimed}"
    return ImagePlatformError(reason(want, what, relabel(want) or mislabelled(want, claimed)))


def stored_only(want: Want, have: Sequence[Platform], said: str, fix: str = "") -> ImageError:
    """The error for an image that only the engine has, for the platforms `have`.

    `said` is why there is no other, and `fix` what may help against that.
    """
    what = (
        f"is stored in {want.address} for {listed(have)} only, and no {want.labels[0]} of it could "
        f"be had ({said})"
    )
    other = fix or another_image(want)
    own = f"If it is your own, build it with --platform={want.platform}; else"
    fixes = [f"{own} {other[0].lower()}{other[1:]}"]
    if have[0].os == want.platform.os:
        fixes.append(right_label(want, have[0]))
    error = ImagePlatformError if len(fixes) > 1 else ImageOSError
    return error(reason(want, what, relabel(want) or " ".join(fixes)))


def unfit(want: Want, offer: Offer, candidates: Sequence[Candidate]) -> ImageError:
    """The error for an `offer` of which only `candidates` are meant, and none can be used.

    It is of the first that is an image.
    """
    flawed = (c for c in candidates if not (c.own and c.own.flaw is Flaw.NO_IMAGE))
    candidate = next(flawed, candidates[0])
    which = f"lists {candidate.digest}" if offer.shape in INDEXES else f"is {candidate.digest}"
    match candidate.own.flaw if candidate.own else None:
        case Flaw.GONE:
            what = f"{which}, which its registry no longer has, or not with all that belongs to it"
            return parts_gone(want, what)
        case Flaw.NO_IMAGE:
            what = f"{which}, which is no image but something else"
            return PlatformNotOfferedError(reason(want, what, republish(want)))
        case Flaw.PACKED:
            return packed(want, f"{which}, with layers compressed by zstd")
    label = candidate.own.label if candidate.own else None
    if label is None or offer.shape not in INDEXES or relabel(want):
        return refusal(want, offer)
    return other_platform(want, label, f"is offered as {candidate.platform} but labelled")


def parts_gone(want: Want, what: str) -> ImageNotFoundError:
    """The error for an image of which the registry has lost a part; `what` is that."""
    fix = (
        "Push it again, and keep clean-up jobs from what an index lists, which has no tag of its "
        f"own. Else name another image{in_option(want)}."
    )
    return ImageNotFoundError(reason(want, what, fix))


def packed(want: Want, what: str) -> PullError:
    """The error for an image that the engine can't unpack; `what` is that."""
    fix = f"Update {UPDATES[want.engine]}, {GZIP}, or name another image{in_option(want)}."
    return PullError(reason(want, f"{what}, which this {want.engine} can't unpack", fix))


def not_found(want: Want, said: str) -> ImageNotFoundError:
    """The error for an image that neither the engine nor the registry has."""
    what = f"was not found ({said})"
    fix = (
        f"Check its name and tag{in_option(want)}. An image of your own must be pushed, "
        f"or loaded into {want.address}, beforehand."
    )
    return ImageNotFoundError(reason(want, what, fix))


def bad_name(want: Want) -> ImageNameError | None:
    """The error for an image whose name its engine can't know; None if it may know it."""
    what = mistake(want.image, want.engine)
    return misnamed(want, what) if what else None


def misnamed(want: Want, what: str) -> ImageNameError:
    """The error for an image whose name is wrong as `what` says."""
    if right := corrected(want.image):
        fix = f"Write {right}{in_option(want)}."
    elif transport(want.image):
        fix = (
            "Load it into docker beforehand and give the name that docker then knows it by"
            f'{in_option(want)}, or use podman: container-engine = "podman".'
        )
    else:
        fix = (
            f"Write it as name[:tag][@sha256:digest]{in_option(want)}; no variable in it is filled "
            "in here."
        )
    plain = want.image and not re.search(r"\s", want.image)
    named = want if plain else replace(want, image=repr(want.image))
    return ImageNameError(reason(named, what, fix))


def schema_one(want: Want) -> SchemaOneImageError:
    """The error for an image that engines from 2024 on do not pull."""
    fix = f"Push it again with a current tool, or name another image{in_option(want)}."
    return SchemaOneImageError(reason(want, OBSOLETE, fix))


def reason(want: Want, what: str, fix: str) -> str:
    """One refusal for people: the image, what is wrong, the platform and who wants it, the fix."""
    who = ", ".join(want.identifiers) or str(want)
    return f"{want.image} {what}. {want.platform} is needed for {who}.\n  Fix: {fix}"


def republish(want: Want) -> str:
    """What the owner of an index can do, and everybody else."""
    return (
        f"Publish it for {want.platform} too (docker buildx build --platform ...,{want.platform}), "
        f"or name another image{in_option(want)}."
    )


def in_option(want: Want) -> str:
    """Where an image is named, as the end of a sentence."""
    return f" in {want.option}" if want.option else ""


def another_image(want: Want) -> str:
    """What anybody can do."""
    return f"Name an image for {want.platform}{in_option(want)}."


def mislabelled(want: Want, claimed: Platform) -> str:
    """What anybody can do, and whoever knows that the content is right and the label is not."""
    return f"{another_image(want)} {right_label(want, claimed)}"


def right_label(want: Want, claimed: Platform) -> str:
    """What whoever knows that the content is right and the label is not can do."""
    return (
        f"If it holds {want.platform} and only its label is wrong, say so: "
        f"{label_option(want, claimed)}."
    )


def label_option(want: Want, label: Platform) -> str:
    """The option that says that the image is labelled `label`."""
    return f'container-engine = {{name = "{want.engine}", image-platform = "{label}"}}'


def listed(platforms: Iterable[Platform]) -> str:
    """`platforms` in a sentence."""
    return ", ".join(map(str, platforms))


def relabel(want: Want) -> str:
    """What to do where the user's own word for the label does not fit; `""` if there is none."""
    if want.label is None:
        return ""
    return f"Correct or remove image-platform of container-engine, which says {want.label}."
