"""The cells, what is right in each, and the selection of them."""

import pytest

from cibuildwheel.oci import errors
from tools.images.ports import PLATFORMS
from tools.images.shapes import SHAPES
from tools.lab.specs import SPECS
from tools.matrix.cases import SHAPE_NAMES, STATES, Case, cases, exists
from tools.matrix.expected import SETTLED, UNSETTLED, can_ask, expected, kind_of
from tools.matrix.prepare import why_not
from tools.matrix.select import SELECTIONS, Pairs, few, many

EVERY = cases()
CELLS = [(engine, case) for engine in SPECS for case in EVERY if not why_not(case)]


def test_every_shape_has_a_right_outcome() -> None:
    assert {kind_of(shape) for shape in SHAPE_NAMES} == SETTLED.keys()
    assert UNSETTLED.keys() < SETTLED.keys()


def test_every_refusal_is_an_error_of_ours() -> None:
    for engine, case in CELLS:
        outcome = expected(case, engine)
        assert outcome.startswith("linux/") or issubclass(
            getattr(errors, outcome), errors.ImageError
        )


def test_images_that_there_are_for_some_platforms_only() -> None:
    assert len(EVERY) == len(STATES) * len(SHAPE_NAMES) * len(PLATFORMS)
    lacking = [case for case in EVERY if not exists(case.shape, case.platform)]
    assert len(lacking) == len(STATES) * sum(7 - len(s.platforms) for s in SHAPES.values())
    assert all(why_not(case) for case in lacking)
    assert why_not(Case("fresh", "oci-index-fuzzy", "linux/s390x"))


def test_tags_are_of_one_case_each() -> None:
    assert len({case.tag for case in EVERY}) == len(EVERY)
    assert all(len(case.tag) <= 128 for case in EVERY)


@pytest.mark.parametrize(
    "engine, shape, outcome",
    [
        ("docker20", "oci-manifest", "linux/arm64"),
        ("docker20", "docker-list-fuzzy", "PlatformNotOfferedError"),
        ("docker20", "docker-list-windows", "ImageOSError"),
        ("docker20", "oci-index-windows", "PlatformNotOfferedError"),
        ("docker20", "oci-index-nested", "PlatformNotOfferedError"),
        ("docker28", "oci-index-nested", "linux/arm64"),
        ("docker28", "oci-index-no-platform", "EmptyIndexError"),
        ("podman5.4", "oci-manifest-mislabelled", "ImagePlatformError"),
        ("podman5.4", "oci-manifest-lying", "ContentError"),
        ("podman5.4", "missing", "ImageNotFoundError"),
    ],
)
def test_right_outcome_on_a_fresh_engine(engine: str, shape: str, outcome: str) -> None:
    assert expected(Case("fresh", shape, "linux/arm64"), engine) == outcome


@pytest.mark.parametrize(
    "state, shape, outcome",
    [
        ("offline", "oci-index-all", "linux/386"),
        ("offline", "oci-manifest-386-as-amd64", "linux/386"),
        ("offline", "oci-index-lacking", "PullError"),
        ("moved", "oci-index-lacking", "PlatformNotOfferedError"),
        ("moved", "missing", "linux/386"),
        ("other", "oci-index-lacking", "PlatformNotOfferedError"),
        ("other", "missing", "ImagePlatformError"),
        ("by-digest", "oci-index-repeated", "linux/386"),
        ("by-digest", "oci-index-no-platform", "linux/386"),
        ("by-digest", "oci-index-lacking", "PlatformNotOfferedError"),
        ("offline", "oci-index-no-platform", "linux/386"),
        ("offline", "oci-manifest-lying", "ContentError"),
    ],
)
def test_right_outcome_by_state(state: str, shape: str, outcome: str) -> None:
    assert expected(Case(state, shape, "linux/386"), "docker28-containerd") == outcome


@pytest.mark.parametrize(
    "engine, version, outcome",
    [
        ("docker20", "", "PlatformNotOfferedError"),
        ("docker26", "", "linux/386"),
        ("podman4", "", "linux/386"),
        ("system-docker", "20.10.24+dfsg1", "EmptyIndexError"),
        ("system-docker", "28.5.1", "linux/386"),
    ],
)
def test_what_was_pulled_by_hand(engine: str, version: str, outcome: str) -> None:
    case = Case("by-digest", "oci-index-no-platform", "linux/386")
    assert expected(case, engine, version) == outcome


@pytest.mark.parametrize(
    "state, platform, outcome",
    [
        ("fresh", "linux/amd64", "linux/amd64"),
        ("fresh", "linux/386", "linux/386"),
        ("fresh", "linux/arm64", "PlatformNotOfferedError"),
        ("by-digest", "linux/386", "linux/386"),
        ("by-digest", "linux/arm64", "linux/arm64"),
        ("by-digest", "linux/arm/v7", "PlatformNotOfferedError"),
        ("offline", "linux/arm/v7", "linux/arm/v7"),
    ],
)
def test_no_platform_on_podman_4(state: str, platform: str, outcome: str) -> None:
    assert expected(Case(state, "oci-index-no-platform", platform), "podman4") == outcome


def test_who_can_ask() -> None:
    assert not can_ask("docker20", "oci-index-all")
    assert can_ask("docker20", "docker-list-all")
    assert not can_ask("podman4", "docker-manifest")
    assert can_ask("docker26-containerd", "oci-manifest")


def test_cells_that_there_are_not() -> None:
    assert why_not(Case("both", "oci-index-one", "linux/arm64"))
    assert why_not(Case("by-digest", "missing", "linux/arm64"))
    assert why_not(Case("both", "oci-index-all", "linux/arm64")) is None


@pytest.mark.parametrize("name, pairs, most", [("few", few, 200), ("many", many, 600)])
def test_selection_has_all_pairs_and_few_cells(name: str, pairs: Pairs, most: int) -> None:
    chosen = SELECTIONS[name](CELLS)
    assert {p for cell in chosen for p in pairs(cell)} == {p for cell in CELLS for p in pairs(cell)}
    assert len(chosen) < most
    for every in (SPECS, SHAPE_NAMES, PLATFORMS, STATES):
        met = {name for engine, c in chosen for name in (engine, c.shape, c.platform, c.state)}
        assert set(every) <= met


def test_selection_is_the_same_each_time() -> None:
    assert SELECTIONS["few"](CELLS) == SELECTIONS["few"](CELLS)
