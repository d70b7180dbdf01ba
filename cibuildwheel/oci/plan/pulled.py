"""What a pull brought, or why it brought nothing: pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.errors import (
    DigestMismatchError,
    ImageAccessError,
    ImageError,
    ImageNotFoundError,
    ImageOSError,
    ImagePlatformError,
    PlatformNotOfferedError,
    PullError,
    SchemaOneImageError,
)
from cibuildwheel.oci.plan.decide import Decision, Source
from cibuildwheel.oci.plan.refuse import (
    another_image,
    in_option,
    other_platform,
    parts_gone,
    reason,
    relabel,
    republish,
    stored_only,
)
from cibuildwheel.oci.remedies import fix_for
from cibuildwheel.oci.wanted.platform import needs_more, parse_platform
from cibuildwheel.oci.wanted.reference import is_pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.image.stored import Stored
    from cibuildwheel.oci.wanted.want import Want

PARTS_GONE = "can't be had in whole: its registry has lost a part of it"

# What engines say, in lower case, and what it means. The first that fits counts: "denied" comes
# before "does not exist", as registries do not tell strangers what they have.
COMPLAINTS: tuple[tuple[type[ImageError], str, str], ...] = (
    (PullError, "has no signature", "trust data|notary server"),
    (
        PlatformNotOfferedError,
        "does not offer the platform",
        "no matching manifest for|no match for platform in|no image found in",
    ),
    (
        ImageAccessError,
        "may not be pulled",
        r"(?:^|\s)(?:denied|unauthorized|forbidden)\b|authentication required|no basic auth",
    ),
    (
        ImagePlatformError,
        "holds an image of another platform than it offers",
        "was found but .*does not match the specified platform",
    ),
    (
        DigestMismatchError,
        "is not what its digest names",
        "verification failed for digest|(?:unexpected commit digest|does not match) .*sha256:",
    ),
    (
        SchemaOneImageError,
        "is of Docker's schema 1, which engines no longer pull",
        r"schema 1\b|manifest\.v1\+",
    ),
    (
        ImageOSError,
        "is for another operating system",
        "cannot be used on this platform",
    ),
    (
        ImageNotFoundError,
        PARTS_GONE,
        "unknown blob|blob unknown|could not fetch content .*: not found|registry 404",
    ),
    (
        ImageNotFoundError,
        "was not found",
        "(?:manifest|name) unknown|failed to resolve reference .*: not found|does not exist",
    ),
)
# What an image is labelled that was not what an index said of it.
ACTUAL = re.compile(r"actual: ([a-z0-9_-]+/[a-z0-9_/-]*[a-z0-9])")
UNLABELLED = re.compile(r"actual: [a-z]+\.?$|its platform \([a-z]+\) does not match")
FIXES: dict[type[ImageError], str] = {
    ImageAccessError: (
        "Check its name, and log in to its registry ({engine} login) with an account that may "
        "pull it."
    ),
    DigestMismatchError: (
        "A registry, a mirror or a proxy serves something else under this digest: "
        "pull it by hand from another network, and tell the owner."
    ),
    ImagePlatformError: (
        "Correct its index, or the label of its {platform} image, whichever is wrong."
    ),
    SchemaOneImageError: "Push it again with a current tool, or name another image{in_option}.",
    ImageOSError: "Name an image for {platform}{in_option}.",
    PullError: "Try `{command} pull --platform={platform} {name}` by hand.",
}
ANY_FIX = "Check its name, tag and digest{in_option}."
# What says nothing of what is stored, which may then be used or is to be told of.
NOTHING_TOLD = (ImageNotFoundError, ImageAccessError, PullError)
# What may be said where the client could not log in, and what tells that it could not.
NO_LOGIN = (ImageAccessError, PullError)
CREDENTIALS = re.compile("docker-credential-|getting credentials")
CREDENTIALS_FIX = (
    "The program that keeps the passwords of {engine}'s client (credsStore or credHelpers in its "
    "configuration, such as ~/.docker/config.json) is missing or fails. Install it, or remove the "
    "entry and `{engine} login` again."
)
# What says that the image has no content of the platform.
REFUSALS = (PlatformNotOfferedError, ImagePlatformError, ImageOSError)


def pull_error(decision: Decision, answer: Answer, helper: str = "") -> ImageError:
    """The error for a pull that failed, by what the engine said and what it has stored.

    `helper` is the program that its client would have asked for a login and lacks, if it does.
    """
    said = answer.stderr.lower()
    want = decision.want
    error, what = _meaning(answer)
    known = answer.complaint
    if error is ImageNotFoundError and decision.source is Source.PULLED:
        return parts_gone(want, f"{PARTS_GONE} ({want.address}: {known})")
    if error is ImagePlatformError and (actual := ACTUAL.search(said)):
        found = f"{what} ({want.address}: {known}): it is labelled"
        return other_platform(want, parse_platform(actual[1]), found)
    fix = FIXES.get(error, ANY_FIX).format(
        engine=want.engine,
        command=" ".join(want.address.command),
        platform=decision.platform,
        name=decision.name,
        in_option=in_option(want),
    )
    if error is PlatformNotOfferedError:
        fix = republish(want)
    elif error is PullError:
        fix = fix_for(said) or fix
    denied = " ".join((said, *decision.notes, helper)) if error is ImageAccessError else ""
    if CREDENTIALS.search(denied or known) and error in NO_LOGIN:
        known += f"; {helper} is not installed" if denied and helper else ""
        fix = CREDENTIALS_FIX.format(engine=want.engine)
    if decision.have and error in NOTHING_TOLD and not fix_for(said):
        return stored_only(want, decision.have, f"{want.address}: {known}", fix)
    return error(reason(want, f"{what} ({want.address}: {known})", fix))


def _meaning(answer: Answer) -> tuple[type[ImageError], str]:
    said = answer.stderr.lower()
    return next(
        ((error, what) for error, what, signs in COMPLAINTS if re.search(signs, said)),
        (PullError, "could not be pulled"),
    )


def says_of_platform(answer: Answer) -> bool:
    """Whether a pull that failed may end otherwise for another platform of the same name."""
    return _meaning(answer)[0] not in NOTHING_TOLD


def is_unlabelled(answer: Answer) -> bool:
    """Whether what was pulled has no architecture, and only that is wrong with it.

    Docker 26 has it then, and fails where it was given a platform (seen).
    """
    return not answer.ok and bool(UNLABELLED.search(answer.complaint.lower()))


def stand_in(decision: Decision, error: ImageError) -> Decision | None:
    """What is used instead, where the pull of `decision` ended with `error`, if anything is."""
    return None if isinstance(error, REFUSALS) else decision.fallback


def by_name(decision: Decision, answer: Answer) -> Decision | None:
    """What is pulled by the user's name, where a pull by digest has ended with `answer`.

    None where that would end in the same way: the registry has the manifest, or a part of it is
    gone, or the user names the digest.
    """
    error, what = _meaning(answer)
    image = decision.want.image
    if error not in NOTHING_TOLD or what == PARTS_GONE or is_pinned(image):
        return None
    note = (
        f"{image} could not be pulled by its digest ({answer.complaint}). Its tag was, and checked."
    )
    return replace(decision, source=Source.UNSEEN, name=image, digest="", notes=(note,))


def name_of(decision: Decision, answer: Answer) -> str:
    """What the engine knows the content by that a pull has brought.

    Podman gives what comes from elsewhere than a registry no name that it can be asked for by.
    """
    ids = answer.stdout.split() if decision.want.transport else []
    return ids[0] if ids else decision.name


def check_pulled(decision: Decision, stored: Sequence[Stored]) -> Stored:
    """What to create the container from, after a pull that the engine calls a success.

    Engines check no single image against the platform that was asked for, take some platforms for
    others, and believe an index that contradicts the image. Raises ImageError.
    """
    want, unseen = decision.want, decision.source is Source.UNSEEN
    if right := [have for have in stored if _is_right(decision, have)]:
        return min(right, key=lambda have: _order(want, have))
    claimed = next((have.platform for have in stored if have.platform), None)
    if claimed is None:
        what = f"was pulled, but {want.address} has no {decision.platform} of it"
        raise ImagePlatformError(reason(want, what, relabel(want) or another_image(want)))
    offered = f"offered as {decision.platform} but"
    found = f"is, as {want.address} pulled it," if unseen else f"is {offered}"
    raise other_platform(want, claimed, f"{found} labelled")


def _order(want: Want, have: Stored) -> int:
    return want.labels.index(have.platform) if have.platform in want.labels else len(want.labels)


def _is_right(decision: Decision, have: Stored) -> bool:
    """Whether `have` is what was decided on, as far as the engine tells it: podman no variant."""
    if decision.source is Source.UNSEEN or decision.unread:
        want = decision.want
        return want.takes(have.platform) or have.platform in {want.platform, decision.platform}
    if have.platform is None or decision.platform is None:
        return have.platform is decision.platform
    same = have.platform == decision.platform
    return same or needs_more(decision.platform, than=have.platform)
