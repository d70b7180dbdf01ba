from __future__ import annotations

from dataclasses import replace

import pytest

from cibuildwheel.oci.errors import (
    EmptyIndexError,
    ImageError,
    ImageNameError,
    ImageNotFoundError,
    ImageOSError,
    ImagePlatformError,
    PlatformNotOfferedError,
    SchemaOneImageError,
)
from cibuildwheel.oci.image.manifest import INDEXES, Shape
from cibuildwheel.oci.image.offer import (
    Answer,
    Candidate,
    NoAnswer,
    NotFound,
    Obsolete,
    Offer,
    Own,
)
from cibuildwheel.oci.image.stored import Stored
from cibuildwheel.oci.plan.decide import Decision, Source, decide, decide_stored
from cibuildwheel.oci.plan.refuse import OBSOLETE
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, Platform, parse_platform
from cibuildwheel.oci.wanted.pull import Pull
from cibuildwheel.oci.wanted.want import AMD64, Want
from tools.images.shapes import other
from unit_test.oci.shapes import CASES, made, offer

REPOSITORY = "registry.example/x"
ANEW = Pull(anew=True)
IMAGE = f"{REPOSITORY}:1"
KEPT = "localhost/cibuildwheel/registry.example/x:1-kept"
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")
SEVEN = [str(Platform("linux", *names)) for names in WHEEL_ARCHITECTURES.values()]
# What stands for no other platform, though engines or processors may take one for the other.
NEARLY = [
    ("linux/arm64", "linux/arm/v7"),
    ("linux/arm64", "linux/arm/v8"),
    ("linux/arm/v7", "linux/arm64"),
    ("linux/arm/v7", "linux/arm/v6"),
    ("linux/arm/v7", "linux/arm/v8"),
    ("linux/amd64", "linux/386"),
    ("linux/386", "linux/amd64/v2"),
]


def kept(platform: str) -> Stored:
    return replace(have(platform, name=KEPT), since="2026-11-24")


def wanted(platform: str, label: str | None = None, image: str = IMAGE) -> Want:
    return Want(
        "docker",
        image,
        parse_platform(platform),
        ("cp312-manylinux_x", "cp313-manylinux_x"),
        parse_platform(label) if label else None,
    )


def have(platform: str, *, name: str = IMAGE, certain: bool = True) -> Stored:
    return Stored(name, parse_platform(platform), certain, ONE)


def candidate(platform: str, digest: str = TWO, size: int = 0) -> Candidate:
    """One that was read, and is labelled as it is offered."""
    of = parse_platform(platform)
    return Candidate(of, digest, size, own=Own(of))


def single(platform: str, shape: Shape = Shape.LEGACY_MANIFEST, digest: str = TWO) -> Offer:
    return Offer(shape, (candidate(platform, digest, 5),))


def index(*platforms: str) -> Offer:
    found = (candidate(p, f"sha256:{n:064}") for n, p in enumerate(platforms))
    return Offer(Shape.OCI_INDEX, tuple(found))


NO_ANSWER = NoAnswer("skopeo: time-out")
NOT_FOUND = NotFound("manifest unknown")


# What the engine has.


@pytest.mark.parametrize("platform", SEVEN)
def test_stored_for_just_the_platform(platform: str) -> None:
    stored = [have(other(platform)), have(platform, name=KEPT)]
    decision = decide_stored(wanted(platform), stored)
    assert decision == Decision(
        wanted(platform), Source.STORED, KEPT, parse_platform(platform), ONE
    )


@pytest.mark.parametrize("platform", SEVEN)
def test_the_name_given_comes_before_the_kept_one(platform: str) -> None:
    decision = decide_stored(wanted(platform), [have(platform), have(platform, name=KEPT)])
    assert decision is not None
    assert decision.name == IMAGE


@pytest.mark.parametrize(
    ("want", "stored"),
    [
        *((wanted(platform), []) for platform in SEVEN),
        *((wanted(platform), [have(other(platform))]) for platform in SEVEN),
        *((wanted(platform), [have(nearly)]) for platform, nearly in NEARLY),
        # amd64 for i686 may be a real amd64 image
        (wanted("linux/386"), [have("linux/amd64")]),
        # podman tells no variant
        (wanted("linux/arm/v7"), [have("linux/arm", certain=False)]),
        # the user says what the label is
        (wanted("linux/arm64", "linux/amd64"), [have("linux/arm64")]),
        (wanted("linux/386", "linux/386"), [have("linux/amd64")]),
        (wanted("linux/amd64"), [have("windows/amd64")]),
    ],
)
def test_not_stored_for_just_the_platform(want: Want, stored: list[Stored]) -> None:
    assert decide_stored(want, stored) is None


def test_stored_under_the_label_that_the_user_names() -> None:
    want = wanted("linux/arm64", "linux/amd64")
    decision = decide_stored(want, [have("linux/amd64")])
    assert decision is not None
    assert str(decision.platform) == "linux/amd64"
    assert decision.notes == (
        (
            f"{IMAGE} is used for linux/arm64 though it is labelled linux/amd64, "
            "as image-platform of container-engine says."
        ),
    )


def test_a_label_that_is_the_platform_is_nothing_to_note() -> None:
    decision = decide_stored(wanted("linux/arm64", "linux/arm64"), [have("linux/arm64")])
    assert decision is not None
    assert decision.notes == ()


# What the registry offers.


@pytest.mark.parametrize("platform", SEVEN)
@pytest.mark.parametrize("stored", [(), (have("linux/mips64le"),)])
@pytest.mark.parametrize("shape", Shape)
def test_offered(platform: str, stored: tuple[Stored, ...], shape: Shape) -> None:
    assert decide(wanted(platform), stored, single(platform, shape)) == Decision(
        wanted(platform),
        Source.PULLED,
        f"{REPOSITORY}@{TWO}",
        parse_platform(platform),
        TWO,
        shape,
        (parse_platform(platform),),
        5,
    )


@pytest.mark.parametrize("platform", SEVEN)
def test_offered_among_others(platform: str) -> None:
    of = index(*(nearly for wanted, nearly in NEARLY if wanted == platform), *SEVEN)
    decision = decide(wanted(platform), (), of)
    assert decision.platform == parse_platform(platform)
    assert [decision.digest] == [c.digest for c in of.of(parse_platform(platform))]
    assert decision.name == f"{REPOSITORY}@{decision.digest}"
    assert decision.offered == of.platforms


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("debian", f"debian@{TWO}"),
        ("host:5000/x:1", f"host:5000/x@{TWO}"),
        (f"host/x@{ONE}", f"host/x@{TWO}"),
        (f"host/x:1@{ONE}", f"host/x@{TWO}"),
    ],
)
def test_pinned(image: str, name: str) -> None:
    decision = decide(wanted("linux/arm64", image=image), (), single("linux/arm64"))
    assert decision.name == name


@pytest.mark.parametrize(
    ("want", "of", "platform"),
    [
        (wanted("linux/386"), single("linux/amd64"), "linux/amd64"),
        (wanted("linux/386"), index("linux/amd64"), "linux/amd64"),
        (wanted("linux/386"), index("linux/amd64", "linux/386"), "linux/386"),
        (wanted("linux/386"), index("linux/386", "linux/amd64"), "linux/386"),
        (wanted("linux/386", "linux/amd64"), index("linux/amd64", "linux/386"), "linux/amd64"),
        (wanted("linux/386", "linux/arm64"), index("linux/386", "linux/arm64"), "linux/arm64"),
        (wanted("linux/arm64", "linux/amd64"), single("linux/amd64"), "linux/amd64"),
        (wanted("linux/arm64", "linux/amd64"), index("linux/arm64", "linux/amd64"), "linux/amd64"),
    ],
)
def test_labels(want: Want, of: Offer, platform: str) -> None:
    decision = decide(want, (), of)
    assert str(decision.platform) == platform
    assert len(decision.notes) == (want.label is not None)


def test_a_platform_named_twice_is_reported() -> None:
    of = index("linux/amd64", "linux/arm64", "linux/arm64")
    decision = decide(wanted("linux/arm64"), (), of)
    assert not decision.unread
    assert decision.digest == f"sha256:{1:064}"
    assert decision.notes == (
        f"{IMAGE} names linux/arm64 more than once: sha256:{1:064}, the first, is used.",
    )
    assert decide(wanted("linux/amd64"), (), of).notes == ()


def test_the_same_manifest_named_twice_is_nothing_to_report() -> None:
    of = Offer(Shape.OCI_INDEX, single("linux/arm64").candidates * 2)
    assert decide(wanted("linux/arm64"), (), of).notes == ()


def test_a_label_and_a_repetition_are_both_noted() -> None:
    of = index("linux/amd64", "linux/amd64")
    assert len(decide(wanted("linux/arm64", "linux/amd64"), (), of).notes) == 2


# What can't be had, and why.

PUBLISH = (
    "Publish it for linux/arm64 too (docker buildx build --platform ...,linux/arm64), "
    "or name another image in manylinux-x-image."
)
NAME = "Name an image for linux/arm64 in manylinux-x-image."
SAY_SO = (
    f"{NAME} If it holds linux/arm64 and only its label is wrong, say so: "
    'container-engine = {name = "docker", image-platform = "linux/amd64"}.'
)
RELABEL = "Correct or remove image-platform of container-engine, which says linux/s390x."
ARM64, RELABELLED = wanted("linux/arm64"), wanted("linux/arm64", "linux/s390x")
BARE = Want("podman", "x", parse_platform("linux/arm64"))


@pytest.mark.parametrize(
    ("want", "stored", "answer", "error", "code", "what", "fix"),
    [
        (
            ARM64,
            [],
            index("linux/amd64", "linux/386", "linux/amd64"),
            PlatformNotOfferedError,
            21,
            f"{IMAGE} offers linux/amd64, linux/386, not linux/arm64 (OCI index).",
            PUBLISH,
        ),
        (
            ARM64,
            [have("linux/amd64")],
            Offer(Shape.MANIFEST_LIST, index("linux/amd64").candidates),
            PlatformNotOfferedError,
            21,
            f"{IMAGE} offers linux/amd64, not linux/arm64 (Docker manifest list).",
            PUBLISH,
        ),
        (
            RELABELLED,
            [],
            index("linux/arm64"),
            PlatformNotOfferedError,
            21,
            f"{IMAGE} offers linux/arm64, not linux/s390x (OCI index).",
            RELABEL,
        ),
        (
            ARM64,
            [],
            single("linux/amd64"),
            ImagePlatformError,
            22,
            f"{IMAGE} is a single image labelled linux/amd64.",
            SAY_SO,
        ),
        (
            RELABELLED,
            [],
            single("linux/arm64"),
            ImagePlatformError,
            22,
            f"{IMAGE} is a single image labelled linux/arm64.",
            RELABEL,
        ),
        (
            ARM64,
            [have("linux/amd64")],
            NOT_FOUND,
            ImagePlatformError,
            22,
            (
                f"{IMAGE} is stored in docker for linux/amd64 only, "
                "and no linux/arm64 of it could be had (manifest unknown)."
            ),
            f"If it is your own, build it with --platform=linux/arm64; else n{SAY_SO[1:]}",
        ),
        (
            RELABELLED,
            [have("linux/amd64")],
            NOT_FOUND,
            ImagePlatformError,
            22,
            (
                f"{IMAGE} is stored in docker for linux/amd64 only, "
                "and no linux/s390x of it could be had (manifest unknown)."
            ),
            RELABEL,
        ),
        (
            ARM64,
            [],
            NOT_FOUND,
            ImageNotFoundError,
            23,
            f"{IMAGE} was not found (manifest unknown).",
            (
                "Check its name and tag in manylinux-x-image. "
                "An image of your own must be pushed, or loaded into docker, beforehand."
            ),
        ),
        (
            ARM64,
            [],
            Obsolete(),
            SchemaOneImageError,
            26,
            f"{IMAGE} is of Docker's schema 1, which engines no longer pull.",
            "Push it again with a current tool, or name another image in manylinux-x-image.",
        ),
        (
            ARM64,
            [],
            single("windows/arm64"),
            ImageOSError,
            27,
            f"{IMAGE} is for another operating system: windows/arm64.",
            NAME,
        ),
        (
            ARM64,
            [],
            index("windows/arm64", "freebsd/arm64"),
            ImageOSError,
            27,
            f"{IMAGE} is for another operating system: windows/arm64, freebsd/arm64 (OCI index).",
            NAME,
        ),
        (
            ARM64,
            [],
            index("windows/arm64", "linux/amd64"),
            PlatformNotOfferedError,
            21,
            f"{IMAGE} offers windows/arm64, linux/amd64, not linux/arm64 (OCI index).",
            PUBLISH,
        ),
        (
            ARM64,
            [],
            index(),
            EmptyIndexError,
            28,
            (
                f"{IMAGE} names no image that an engine could run: "
                "no entry of its OCI index has a platform."
            ),
            PUBLISH,
        ),
    ],
)
def test_refused(
    want: Want,
    stored: list[Stored],
    answer: Answer,
    error: type[ImageError],
    code: int,
    what: str,
    fix: str,
) -> None:
    with pytest.raises(ImageError) as raised:
        decide(want, stored, answer)
    assert type(raised.value) is error
    assert raised.value.return_code == code
    who = "linux/arm64 is needed for cp312-manylinux_x, cp313-manylinux_x."
    assert str(raised.value) == f"{what} {who}\n  Fix: {fix}"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            single("linux/amd64"),
            (
                "x is a single image labelled linux/amd64. "
                "linux/arm64 is needed for this container.\n  Fix: Name an image for linux/arm64. "
                "If it holds linux/arm64 and only its label is wrong, say so: "
                'container-engine = {name = "podman", image-platform = "linux/amd64"}.'
            ),
        ),
        (
            NOT_FOUND,
            (
                "x was not found (manifest unknown). linux/arm64 is needed for this container.\n"
                "  Fix: Check its name and tag. "
                "An image of your own must be pushed, or loaded into podman, beforehand."
            ),
        ),
    ],
)
def test_refused_without_identifiers(answer: Answer, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        decide(BARE, (), answer)
    assert str(raised.value) == message


@pytest.mark.parametrize(("platform", "nearly"), NEARLY)
def test_nothing_offered_is_near_enough(platform: str, nearly: str) -> None:
    with pytest.raises(ImagePlatformError, match=f"labelled {nearly}"):
        decide(wanted(platform), [have(nearly)], single(nearly))
    with pytest.raises(PlatformNotOfferedError, match=f"offers {nearly}, not {platform} "):
        decide(wanted(platform), [have(nearly)], index(nearly))


# What to do without an answer.


@pytest.mark.parametrize("platform", SEVEN)
@pytest.mark.parametrize("stored", [(), (have("linux/mips64le"),)])
def test_unseen(platform: str, stored: tuple[Stored, ...]) -> None:
    want = wanted(platform)
    note = (
        f"What {IMAGE} offers could not be asked of its registry: skopeo: time-out. "
        "It is checked once pulled."
    )
    if stored:
        note += " What docker has stored is for linux/mips64le."
    others = tuple(have.platform for have in stored if have.platform)
    expected = Decision(want, Source.UNSEEN, IMAGE, want.platform, notes=(note,), have=others)
    assert decide(want, stored, NO_ANSWER) == expected


@pytest.mark.parametrize(("platform", "nearly"), NEARLY)
def test_nothing_stored_is_near_enough(platform: str, nearly: str) -> None:
    assert decide(wanted(platform), [have(nearly)], NO_ANSWER).source is Source.UNSEEN
    with pytest.raises(ImagePlatformError, match=f"stored in docker for {nearly} only"):
        decide(wanted(platform), [have(nearly)], NOT_FOUND)


def test_a_host_in_upper_case_that_nobody_answers_for_is_a_mistake() -> None:
    want = wanted("linux/arm64", image="MyOrg/x:1")
    with pytest.raises(ImageNameError) as raised:
        decide(want, (), NO_ANSWER)
    assert str(raised.value) == (
        "MyOrg/x:1 has upper case before its tag, and nobody answers (skopeo: time-out). "
        "linux/arm64 is needed for cp312-manylinux_x, cp313-manylinux_x.\n"
        "  Fix: Write myorg/x:1 in manylinux-x-image."
    )
    assert decide(want, [have("linux/amd64")], NO_ANSWER).source is Source.UNSEEN
    assert decide(want, (), single("linux/arm64")).source is Source.PULLED


def test_unseen_is_pulled_under_the_label_that_the_user_names() -> None:
    decision = decide(wanted("linux/arm64", "linux/amd64"), (), NO_ANSWER)
    assert (decision.source, str(decision.platform)) == (Source.UNSEEN, "linux/amd64")
    assert len(decision.notes) == 2


def test_a_stored_amd64_for_i686_is_used_where_the_registry_has_none() -> None:
    decision = decide(wanted("linux/386"), [have("linux/amd64")], NOT_FOUND)
    assert (decision.source, decision.name) == (Source.STORED, IMAGE)
    assert str(decision.platform) == "linux/amd64"


def test_a_stored_amd64_for_i686_is_the_last_resort_where_the_registry_is_not_asked() -> None:
    decision = decide(wanted("linux/386"), [have("linux/amd64")], NO_ANSWER)
    assert decision.source is Source.UNSEEN
    assert decision.fallback is not None
    assert (decision.fallback.source, decision.fallback.name) == (Source.STORED, IMAGE)
    assert decision.have == ()


@pytest.mark.parametrize("answer", [NO_ANSWER, NOT_FOUND, Obsolete()])
def test_what_is_likely_right_is_used_with_a_note(answer: Answer) -> None:
    want, stored = wanted("linux/arm/v7"), [have("linux/arm", certain=False)]
    decision = decide(want, stored, answer)
    assert (decision.source, decision.name, decision.digest) == (Source.STORED, IMAGE, ONE)
    assert str(decision.platform) == "linux/arm/v7"
    said = f"its registry does not confirm it: {getattr(answer, 'reason', f'there it {OBSOLETE}')}"
    note = f"The stored {IMAGE} (linux/arm/v7) is used as linux/arm/v7; {said}"
    assert decision.notes == (note,)
    anew = decide(replace(want, pull=ANEW), stored, answer)
    assert (anew.fallback if answer is NO_ANSWER else anew) == replace(
        decision, want=replace(want, pull=ANEW)
    )


@pytest.mark.parametrize(
    ("want", "stored", "platform"),
    [
        (wanted("linux/arm64"), [kept("linux/arm64")], "linux/arm64"),
        (wanted("linux/arm64"), [have("linux/amd64"), kept("linux/arm64")], "linux/arm64"),
        (wanted("linux/386"), [kept("linux/amd64")], "linux/amd64"),
    ],
)
@pytest.mark.parametrize("answer", [NO_ANSWER, NOT_FOUND])
def test_what_is_kept_is_used_where_nothing_is_pulled(
    want: Want, stored: list[Stored], platform: str, answer: NoAnswer | NotFound
) -> None:
    decision = decide(want, stored, answer)
    if answer is NO_ANSWER:
        assert decision.source is Source.UNSEEN
        assert ("has stored is for" in decision.notes[0]) == (len(stored) > 1)
        assert decision.fallback is not None
        decision = decision.fallback
    assert (decision.source, decision.name) == (Source.STORED, KEPT)
    assert str(decision.platform) == platform
    said = f"its registry does not confirm it: {answer.reason}"
    note = f"What was kept of {IMAGE} on 2026-11-24 is used as {want.platform}; {said}"
    assert decision.notes == (note,)


def test_anew_what_is_stored_is_not_all_there_is_to_know() -> None:
    want = replace(wanted("linux/arm64"), pull=ANEW)
    assert decide_stored(want, [have("linux/arm64")]) is None
    pinned = replace(want, image=f"{IMAGE}@{ONE}")
    assert decide_stored(pinned, [have("linux/arm64")]) is not None


@pytest.mark.parametrize(
    ("platform", "of"),
    [
        ("linux/386", index("linux/amd64", "linux/386")),
        ("linux/arm/v7", single("linux/arm/v7")),
    ],
)
def test_the_registry_has_the_last_word_on_what_is_likely_right(platform: str, of: Offer) -> None:
    stored = [have("linux/amd64"), have("linux/arm", certain=False)]
    assert decide(wanted(platform), stored, of).source is Source.PULLED


def test_a_definite_answer_is_final() -> None:
    with pytest.raises(ImagePlatformError, match=r"labelled linux/arm/v6\."):
        decide(wanted("linux/arm/v7"), [have("linux/arm", certain=False)], single("linux/arm/v6"))


# Every shape of the lab's catalogue on every platform.

REFUSED = {
    "mislabelled": ImagePlatformError,
    "other": ImagePlatformError,
    "windows": ImageOSError,
    "lacking": PlatformNotOfferedError,
    "fuzzy": PlatformNotOfferedError,
    "config-differs": ImagePlatformError,
    "lying": ImagePlatformError,
    "no-platform": EmptyIndexError,
    "empty": EmptyIndexError,
}


I686_AS_AMD64 = {"mislabelled", "other", "386-as-amd64"}


def kind_of(shape: str) -> str:
    return shape.removeprefix("docker-").removeprefix("oci-").partition("-")[2]


@pytest.mark.parametrize(("shape", "platform"), CASES)
def test_the_catalogue(shape: str, platform: str) -> None:
    kind = kind_of(shape)
    want, of = wanted(platform), offer(made(shape, platform))
    label = parse_platform(platform)
    if platform == "linux/386" and kind in I686_AS_AMD64 and of.of(AMD64):
        label = AMD64
    elif kind in REFUSED and not (kind == "lying" and of.shape not in INDEXES):
        with pytest.raises(ImageError) as raised:
            decide(want, (), of)
        assert type(raised.value) is REFUSED[kind]
        assert all(str(platform) in str(raised.value) for platform in of.platforms)
        return
    decision = decide(want, (), of)
    assert (decision.source, decision.platform) == (Source.PULLED, label)
    assert decision.shape == of.shape
    assert decision.digest in [
        image.digest for image in made(shape, platform).walk() if image.blobs
    ]
    assert len(decision.notes) == (kind == "repeated")
