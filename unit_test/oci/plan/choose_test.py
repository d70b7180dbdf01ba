"""Which of the manifests that are offered is taken, by what each says itself."""

from __future__ import annotations

import pytest

from cibuildwheel.oci.errors import (
    ImageError,
    ImageNotFoundError,
    ImageOSError,
    ImagePlatformError,
    PlatformNotOfferedError,
    PullError,
)
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import Candidate, Flaw, Offer, Own
from cibuildwheel.oci.plan.choose import choose, meant
from cibuildwheel.oci.plan.decide import Source, decide
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")
GONE, NO_IMAGE, PACKED = Flaw
ARM64, AMD64, I686, V2 = "linux/arm64", "linux/amd64", "linux/386", "linux/amd64/v2"


def wanted(platform: str, label: str = "") -> Want:
    said = parse_platform(label) if label else None
    return Want("docker", "registry.example/x:1", parse_platform(platform), ("a",), said)


def entry(
    platform: str = ARM64,
    label: str | None = None,
    flaw: Flaw | None = None,
    digest: str = ONE,
    *,
    doubtful: bool = False,
    stored: bool = False,
) -> Candidate:
    """One that was read: its config claims `label`, or what it is offered as; `""` for nothing."""
    of = parse_platform(platform) if platform else None
    said = parse_platform(label) if label else of if label is None else None
    own = Own(None if flaw else said, flaw, stored)
    return Candidate(of, digest, doubtful=doubtful, own=own)


def unread(platform: str = ARM64, digest: str = ONE, *, doubtful: bool = False) -> Candidate:
    return Candidate(parse_platform(platform), digest, doubtful=doubtful)


def single(label: str) -> Offer:
    own = Own(parse_platform(label) if label else None)
    return Offer(Shape.OCI_MANIFEST, (Candidate(own.label, ONE, own=own),))


def index(*candidates: Candidate) -> Offer:
    return Offer(Shape.OCI_INDEX, candidates)


@pytest.mark.parametrize(
    ("want", "offer", "digest"),
    [
        (wanted(ARM64), index(entry(), entry(digest=TWO)), ONE),
        # what is no image, gone, or can't be unpacked here, beside what is right
        (wanted(ARM64), index(entry(flaw=NO_IMAGE), entry(digest=TWO)), TWO),
        (wanted(ARM64), index(entry(flaw=GONE), entry(digest=TWO)), TWO),
        (wanted(ARM64), index(entry(flaw=PACKED), entry(digest=TWO)), TWO),
        (wanted(ARM64), index(entry(label=AMD64), entry(digest=TWO)), TWO),
        (wanted(ARM64), index(entry(), entry(flaw=NO_IMAGE, digest=TWO)), ONE),
        # what clients may have to pass over comes last, but can be all there is
        (wanted(ARM64), index(entry(doubtful=True), entry(digest=TWO)), TWO),
        (wanted(ARM64), index(entry(doubtful=True), entry(digest=TWO, flaw=GONE)), ONE),
        (wanted(ARM64), index(entry(doubtful=True)), ONE),
        (wanted(ARM64), index(unread(doubtful=True), unread(digest=TWO)), TWO),
        # what could not be read is not refused for it
        (wanted(ARM64), index(unread()), ONE),
        (wanted(ARM64), index(unread(), entry(digest=TWO)), TWO),
        (wanted(ARM64), index(unread(), entry(flaw=NO_IMAGE, digest=TWO)), ONE),
        # a label that claims nothing contradicts nothing
        (wanted(ARM64), index(entry(label="")), ONE),
        (wanted(ARM64), single(""), ONE),
        (wanted(ARM64, ARM64), single(""), ONE),
        (wanted(ARM64, AMD64), single(""), ONE),
        (wanted(ARM64, AMD64), index(entry(label="")), ONE),
        # the user's word for the label: what it explains comes first
        (wanted(ARM64, AMD64), index(entry(label=AMD64)), ONE),
        (wanted(ARM64, ARM64), index(entry(label=AMD64)), ONE),
        (wanted(ARM64, AMD64), index(entry(AMD64), entry(label=AMD64, digest=TWO)), TWO),
        (wanted(AMD64, V2), index(unread(AMD64), unread(V2, TWO)), TWO),
        (wanted(ARM64, AMD64), index(entry(AMD64), entry(digest=TWO)), ONE),
        (wanted(ARM64, AMD64), index(entry(AMD64, label=ARM64)), ONE),
        (wanted(ARM64, AMD64), index(entry(AMD64, label="")), ONE),
        (wanted(ARM64, AMD64), index(unread()), ONE),
        # what nobody could read: the index can be right of an image that is not
        (wanted(ARM64, AMD64), index(unread(AMD64, TWO), unread()), ONE),
        (wanted(ARM64, AMD64), single(AMD64), ONE),
        # variants that need more of the processor, where there is nothing else
        (wanted(AMD64), index(entry(V2), entry(AMD64, digest=TWO)), TWO),
        (wanted(AMD64), index(entry("linux/amd64/v3"), entry(V2, digest=TWO)), TWO),
        (wanted(AMD64), index(entry(V2)), ONE),
        (wanted(AMD64), index(entry(V2, label=AMD64)), ONE),
        (wanted(AMD64), index(entry(AMD64, label=V2)), ONE),
        (wanted(AMD64), single(V2), ONE),
        (wanted(AMD64, V2), single(V2), ONE),
        (wanted(AMD64, V2), index(entry(V2), entry(AMD64, digest=TWO)), ONE),
        (wanted(AMD64, V2), index(entry(V2, label=AMD64)), ONE),
        (wanted(ARM64), single("linux/arm64/v9"), ONE),
        # what manylinux had before August 2024
        (wanted(I686), index(entry(I686, label=AMD64)), ONE),
        (wanted(I686), index(entry(AMD64)), ONE),
        (wanted(I686), index(entry(AMD64), entry(I686, digest=TWO)), TWO),
    ],
)
def test_chosen(want: Want, offer: Offer, digest: str) -> None:
    assert choose(want, offer).digest == digest


@pytest.mark.parametrize(
    ("want", "offer", "error", "says"),
    [
        (
            wanted(ARM64),
            index(entry(flaw=GONE)),
            ImageNotFoundError,
            f"lists {ONE}, which its registry no longer has",
        ),
        (wanted(ARM64), index(entry("", flaw=GONE)), ImageNotFoundError, f"lists {ONE}, which"),
        (
            wanted(ARM64),
            index(entry(flaw=NO_IMAGE)),
            PlatformNotOfferedError,
            f"lists {ONE}, which is no image",
        ),
        (
            wanted(ARM64),
            index(entry(flaw=NO_IMAGE), entry(flaw=GONE, digest=TWO)),
            ImageNotFoundError,
            f"lists {TWO}",
        ),
        (wanted(ARM64), index(entry(flaw=PACKED)), PullError, "Update Docker to 28"),
        (
            wanted(ARM64),
            index(entry(label=AMD64)),
            ImagePlatformError,
            "is offered as linux/arm64 but labelled linux/amd64.",
        ),
        (
            wanted(ARM64),
            index(entry(label=AMD64)),
            ImagePlatformError,
            'image-platform = "linux/amd64"',
        ),
        (wanted(ARM64), index(entry(label="windows/arm64")), ImageOSError, "windows/arm64"),
        (wanted(AMD64), index(entry(AMD64, label=I686)), ImagePlatformError, "labelled linux/386"),
        (wanted(AMD64), index(entry(I686)), PlatformNotOfferedError, "offers linux/386"),
        (wanted(I686), index(entry(V2)), PlatformNotOfferedError, "offers linux/amd64/v2"),
        (wanted(I686), single(V2), ImagePlatformError, "labelled linux/amd64/v2"),
        (wanted("linux/arm/v7"), single("linux/arm/v8"), ImagePlatformError, "linux/arm/v8"),
        # a word for the label that does not fit
        (wanted(ARM64, AMD64), index(entry()), PlatformNotOfferedError, "Correct or remove"),
        (wanted(ARM64, AMD64), single(ARM64), ImagePlatformError, "Correct or remove"),
        (wanted(ARM64, ARM64), single(AMD64), ImagePlatformError, "Correct or remove"),
        (
            wanted(ARM64, "linux/s390x"),
            index(entry(label=AMD64)),
            PlatformNotOfferedError,
            "Correct or remove",
        ),
    ],
)
def test_refused(want: Want, offer: Offer, error: type[ImageError], says: str) -> None:
    with pytest.raises(ImageError) as raised:
        choose(want, offer)
    assert type(raised.value) is error
    assert says in str(raised.value)
    assert "\n  Fix: " in str(raised.value)


@pytest.mark.parametrize(
    ("want", "offer", "digests"),
    [
        (wanted(ARM64), index(entry(AMD64), entry(digest=TWO)), [TWO]),
        (wanted(ARM64), index(entry(doubtful=True), entry(digest=TWO)), [TWO, ONE]),
        (wanted(ARM64), index(entry(), entry()), [ONE]),
        (wanted(ARM64, AMD64), index(entry(AMD64), entry(digest=TWO)), [TWO, ONE]),
        (wanted(AMD64), index(entry(V2), entry(AMD64, digest=TWO)), [TWO]),
        (wanted(AMD64), index(entry(ARM64)), []),
    ],
)
def test_no_other_has_to_be_read(want: Want, offer: Offer, digests: list[str]) -> None:
    assert [candidate.digest for candidate in meant(want, offer)] == digests


TWICE = "more than once"
AMD64_V2 = 'say so: container-engine = {name = "docker", image-platform = "linux/amd64/v2"}'


@pytest.mark.parametrize(
    ("want", "offer", "label", "notes"),
    [
        (wanted(ARM64), index(entry()), ARM64, []),
        (wanted(ARM64), index(entry(), entry(digest=TWO)), ARM64, [TWICE]),
        (wanted(ARM64), index(unread(), unread(digest=TWO)), ARM64, [TWICE]),
        # an artifact, a zstd twin, or what can't be used is no second one
        (wanted(ARM64), index(entry(), entry(digest=TWO, doubtful=True)), ARM64, []),
        (wanted(ARM64), index(entry(doubtful=True), entry(digest=TWO)), ARM64, []),
        (wanted(ARM64), index(entry(), entry(flaw=NO_IMAGE, digest=TWO)), ARM64, []),
        (wanted(ARM64), single(""), "None", ["names no architecture"]),
        (wanted(ARM64), index(entry(label="")), "None", ["names no architecture"]),
        (wanted(ARM64, ARM64), single(""), "None", []),
        (
            wanted(ARM64, AMD64),
            index(entry(label=AMD64)),
            AMD64,
            ["though it is labelled linux/amd64"],
        ),
        (
            wanted(ARM64, ARM64),
            index(entry(label=AMD64)),
            AMD64,
            ["though it is labelled linux/amd64"],
        ),
        (wanted(AMD64), single(V2), V2, [AMD64_V2]),
        (wanted(AMD64), index(entry(V2, label=AMD64)), AMD64, []),
        (wanted(AMD64, V2), single(V2), V2, ["labelled linux/amd64/v2, as image-platform"]),
        (wanted(I686), index(entry(I686, label=AMD64)), AMD64, []),
    ],
)
def test_decided(want: Want, offer: Offer, label: str, notes: list[str]) -> None:
    """The engine is told the content's own label, whatever the index says."""
    decision = decide(want, (), offer)
    assert str(decision.platform) == label
    assert len(decision.notes) == len(notes)
    assert all(note in said for note, said in zip(notes, decision.notes, strict=True))


def test_where_what_is_chosen_comes_from() -> None:
    decisions = [
        decide(wanted(ARM64), (), index(one)) for one in (entry(), unread(), entry(stored=True))
    ]
    sources = [(decision.source, decision.unread) for decision in decisions]
    assert sources == [(Source.PULLED, False), (Source.PULLED, True), (Source.STORED, False)]
