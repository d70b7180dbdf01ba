from __future__ import annotations

import pytest

from cibuildwheel.oci.image.manifest import INDEXES, Entry, Index, Manifest, Shape
from cibuildwheel.oci.image.offer import (
    DEEPEST,
    Candidate,
    Flaw,
    Offer,
    Own,
    offer_of_index,
    offer_of_manifest,
)
from cibuildwheel.oci.wanted.platform import Platform, parse_platform
from tools.images.ports import PLATFORMS
from tools.images.shapes import FUZZY, SHAPES, other
from unit_test.oci.shapes import CASES, made, offer

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")
ARM64, AMD64, ARM_V7 = map(parse_platform, ("linux/arm64", "linux/amd64", "linux/arm/v7"))


def index(*entries: Entry) -> Index:
    return Index(Shape.OCI_INDEX, entries)


def test_of_a_manifest() -> None:
    manifest = Manifest(Shape.LEGACY_MANIFEST, TWO, 5)
    made_of = offer_of_manifest(manifest, ONE, Own(ARM64))
    candidate = Candidate(ARM64, ONE, 5, Shape.LEGACY_MANIFEST, own=Own(ARM64))
    assert made_of == Offer(Shape.LEGACY_MANIFEST, (candidate,))


def test_of_a_manifest_that_claims_no_platform() -> None:
    made_of = offer_of_manifest(Manifest(Shape.OCI_MANIFEST, TWO, 5), ONE, Own())
    assert made_of.platforms == ()
    assert [candidate.digest for candidate in made_of.candidates] == [ONE]


@pytest.mark.parametrize(
    ("entries", "candidates"),
    [
        ((), ()),
        ((Entry(ONE, ARM64), Entry(TWO, AMD64)), (Candidate(ARM64, ONE), Candidate(AMD64, TWO))),
        ((Entry(ONE, ARM64), Entry(TWO, ARM64)), (Candidate(ARM64, ONE), Candidate(ARM64, TWO))),
        ((Entry(ONE, None), Entry(TWO, ARM64)), (Candidate(ARM64, TWO),)),
        ((Entry(ONE, ARM64), Entry(TWO, ARM64, attestation=True)), (Candidate(ARM64, ONE),)),
        ((Entry(ONE, ARM64, nested=True),), ()),
        (
            (Entry(ONE, ARM64, doubtful=True, shape=Shape.LEGACY_MANIFEST),),
            (Candidate(ARM64, ONE, shape=Shape.LEGACY_MANIFEST, doubtful=True),),
        ),
    ],
)
def test_of_an_index(entries: tuple[Entry, ...], candidates: tuple[Candidate, ...]) -> None:
    assert offer_of_index(index(*entries), {}) == Offer(Shape.OCI_INDEX, candidates)


def test_nested_indexes_are_followed_in_order() -> None:
    inner = index(Entry(TWO, ARM_V7), Entry(THREE, AMD64))
    outer = index(Entry(ONE, None, nested=True), Entry(TWO, ARM64))
    assert [str(p) for p in offer_of_index(outer, {ONE: inner}).platforms] == [
        "linux/arm/v7",
        "linux/amd64",
        "linux/arm64",
    ]


def test_a_nested_index_that_is_gone_is_kept_in_mind() -> None:
    outer = index(Entry(ONE, None, nested=True), Entry(TWO, ARM64))
    found = offer_of_index(outer, {ONE: None})
    gone = Candidate(None, ONE, own=Own(flaw=Flaw.GONE))
    assert found.candidates == (gone, Candidate(ARM64, TWO))
    assert found.platforms == (ARM64,)


def test_variants_from_the_least_up() -> None:
    names = ("amd64/v3", "amd64", "amd64/v2", "arm64/v9", "arm/v8", "386", "amd64/v2")
    platforms = [parse_platform(f"linux/{name}") for name in names]
    of = Offer(Shape.OCI_INDEX, tuple(Candidate(p, f"sha256:{n}") for n, p in enumerate(platforms)))
    assert [c.digest[-1] for c in of.variants_of(AMD64)] == ["2", "6", "0"]
    assert [c.digest[-1] for c in of.variants_of(ARM64)] == ["3"]
    assert of.variants_of(ARM_V7) == ()


def test_an_index_within_itself_comes_to_an_end() -> None:
    endless = index(Entry(ONE, None, nested=True), Entry(TWO, ARM64))
    found = offer_of_index(endless, {ONE: endless})
    assert found.candidates == (Candidate(ARM64, TWO),) * (DEEPEST + 1)


def test_platforms_once_and_in_order() -> None:
    of = Offer(Shape.OCI_INDEX, tuple(Candidate(p, ONE) for p in (ARM64, AMD64, ARM64)))
    assert of.platforms == (ARM64, AMD64)


@pytest.mark.parametrize(
    ("offered", "wanted"),
    [
        ("linux/arm/v7", "linux/arm64"),
        ("linux/arm/v8", "linux/arm64"),
        ("linux/arm64/v9", "linux/arm64"),
        ("linux/386", "linux/amd64"),
        ("linux/amd64", "linux/386"),
        ("linux/amd64/v2", "linux/amd64"),
        ("linux/arm/v6", "linux/arm/v7"),
        ("windows/amd64", "linux/amd64"),
    ],
)
def test_no_platform_is_offered_as_another(offered: str, wanted: str) -> None:
    of = Offer(Shape.OCI_INDEX, (Candidate(parse_platform(offered), ONE),))
    assert of.of(parse_platform(offered)) == of.candidates
    assert of.of(parse_platform(wanted)) == ()


def held(shape: str, wanted: str) -> tuple[str, ...]:
    """The platforms that an image of the catalogue is known to claim, by the name of its shape."""
    _, _, kind = shape.removeprefix("docker-").removeprefix("oci-").partition("-")
    single = "manifest" in shape
    if kind in {"mislabelled", "other"}:
        return (other(wanted),)
    match kind:
        case "386-as-amd64":
            return ("linux/amd64",)
        case "windows":
            return (wanted.replace("linux", "windows"),)
        case "fuzzy":
            return (FUZZY[wanted],)
        case "empty" | "no-platform":
            return ()
        case "no-media-type" if not single:
            return (other(wanted), wanted)
        case "lacking":
            return tuple(platform for platform in PLATFORMS if platform != wanted)
        case "all" | "all-attested":
            return (*(platform for platform in PLATFORMS if platform != wanted), wanted)
    assert kind in {
        *("", "respelled", "no-media-type", "lying"),
        *("one", "attested", "nested", "repeated", "config-differs"),
    }
    return (wanted,)


@pytest.mark.parametrize(("shape", "wanted"), CASES)
def test_the_catalogue(shape: str, wanted: str) -> None:
    image = made(shape, wanted)
    of = offer(image)
    assert tuple(map(str, of.platforms)) == tuple(
        str(parse_platform(platform)) for platform in held(shape, wanted)
    )
    assert of.shape.value == image.media_type
    assert (of.shape in INDEXES) == ("manifest" not in shape)
    digests = {inner.digest for inner in image.walk() if not inner.children}
    assert {candidate.digest for candidate in of.candidates} <= digests
    assert len(of.candidates) == len(of.platforms) + ("-repeated" in shape)


def test_the_catalogue_is_whole() -> None:
    assert {shape for shape, _ in CASES} == set(SHAPES)
    assert {Platform(*platform.split("/")) for _, platform in CASES} == set(
        map(parse_platform, PLATFORMS)
    )
