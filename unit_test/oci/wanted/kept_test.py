from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from cibuildwheel.oci.wanted.kept import REPOSITORY, Kept, held_as, kept_as, kept_of, mark_of
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, Platform, parse_platform
from cibuildwheel.oci.wanted.pull import Pull
from cibuildwheel.oci.wanted.reference import LONGEST_TAG, Reference, parse_reference
from cibuildwheel.oci.wanted.want import Want
from unit_test.oci.wanted.reference_test import references

ONE, TWO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
ANEW = Pull(anew=True)
DAY = date(2026, 11, 24)
PLATFORMS = [Platform("linux", *names) for names in WHEEL_ARCHITECTURES.values()]


def want(image: str, platform: str = "linux/arm64", **fields: object) -> Want:
    return Want("docker", image, parse_platform(platform), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "platform", "title"),
    [
        ("debian", "linux/arm64", "debian-latest-{}-linux-arm64"),
        ("quay.io/pypa/x:1", "linux/arm/v7", "quay.io-pypa-x-1-{}-linux-arm-v7"),
        (f"[::1]:5000/x@{ONE}", "linux/386", "1-5000-x-{}-linux-386"),
        (f"{'x' * 99}:1", "linux/386", f"{'x' * 60}-{{}}-linux-386"),
    ],
)
def test_a_readable_name(image: str, platform: str, title: str) -> None:
    held = held_as(want(image, platform))
    key = held.split("-linux-")[0].rpartition("-")[2]
    assert len(key) == 12
    assert held == f"localhost/cibuildwheel:{title.format(key)}"
    kept = kept_as(want(image, platform), TWO, DAY)
    assert kept == f"{held}.20261124.{mark_of(TWO)}"


@pytest.mark.parametrize("image", [ONE, "1" * 64, "dir:/x", "Debian", ""])
def test_what_is_no_reference_is_not_kept(image: str) -> None:
    assert held_as(want(image)) == kept_as(want(image), TWO, DAY) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a:5/x:1", "a-5/x:1"),
        ("a.b:5/x", "a.b-5/x"),
        ("[::1]:5000/x", "1-5000/x"),
        ("Host.io/x", "host.io/x"),
        ("a_b/x", "a-b/x"),
        ("a__b/x", "a_b/x"),
        ("x:1", "x:2"),
        ("x:1", f"x:1@{ONE}"),
        (f"x:1@{ONE}", f"x:1@{TWO}"),
        (f"x@{ONE}", f"x@{TWO}"),
        (f"x:{'t' * 127}u", f"x:{'t' * 128}"),
    ],
)
def test_what_is_not_the_same_is_not_kept_as_the_same(one: str, other: str) -> None:
    assert held_as(want(one)) != held_as(want(other))
    names = [kept_as(want(image), TWO, DAY) for image in (one, other)]
    assert [len(kept_of(want(image), names)) for image in (one, other)] == [1, 1]


def test_the_same_is_kept_as_the_same() -> None:
    assert held_as(want("x")) == held_as(want("x:latest", identifiers=("a",), pull=ANEW))


@given(references)
def test_names_are_references_of_this_machine(reference: Reference) -> None:
    wants = [Want("docker", str(reference), platform) for platform in PLATFORMS]
    names = [name for one in wants for name in (held_as(one), kept_as(one, TWO, DAY))]
    assert len(set(names)) == len(names)
    for name in names:
        parsed = parse_reference(name)
        assert (parsed.name, parsed.host) == (REPOSITORY, "localhost")
        assert len(parsed.tag) <= LONGEST_TAG


def test_the_newest_comes_first() -> None:
    of = want("h.io/x:1")
    names = [kept_as(of, digest, day) for digest, day in ((ONE, DAY), (TWO, date(2026, 12, 1)))]
    others = [
        held_as(of),
        kept_as(want("h.io/x:2"), ONE, DAY),
        kept_as(want("h.io/x:1", "linux/386"), ONE, DAY),
        f"{held_as(of)}.20261324.111111111111",
        f"{held_as(of)}.00000101.111111111111",
        f"{held_as(of)}.20261124.x",
        "localhost/cibuildwheel-probe:1",
    ]
    first, second = kept_of(of, [*names, *others])
    assert first == Kept(date(2026, 12, 1), mark_of(TWO), names[1])
    assert (str(second.day), second.name) == ("2026-11-24", names[0])


@pytest.mark.parametrize("day", ["00010101", "99991231"])
def test_any_day_is_read(day: str) -> None:
    of = want("h.io/x:1")
    (kept,) = kept_of(of, [f"{held_as(of)}.{day}.111111111111"])
    assert kept.day == date(int(day[:4]), int(day[4:6]), int(day[6:]))
