"""What is in the engine before a build starts, and what of it is kept."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container import keep as keeping
from cibuildwheel.oci.container.keep import keep_proven
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.undo import undoing
from cibuildwheel.oci.errors import (
    ImageError,
    ImageNotFoundError,
    ImagePlatformError,
    ImagesRefusedError,
    PlatformNotOfferedError,
    PullError,
)
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import NoAnswer, NotFound, Offer
from cibuildwheel.oci.plan import bring as module
from cibuildwheel.oci.plan.bring import release
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.settle import obtain, settle
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.kept import held_as, kept_as
from cibuildwheel.oci.wanted.pull import Pull
from unit_test.oci.plan.world import (
    AMD64,
    ARM64,
    ARM_V7,
    ONE,
    TWO,
    World,
    barrier,
    single,
    want,
)

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.image.offer import Answer as Reply
    from cibuildwheel.oci.plan.settled import Settled
    from cibuildwheel.oci.wanted.platform import Platform

NAME = "h.io/x:1"
ANEW = Pull(anew=True)
HELD = held_as(want())
DAY = date(2026, 11, 24)
KEPT = kept_as(want(), ONE, DAY)
UNASKED = NoAnswer("time-out")


@pytest.fixture(autouse=True)
def edges(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for edge in ("keep", "forget"):
        monkeypatch.setattr(keeping, edge, getattr(world, edge))


def run(*wants: object) -> list[Settled]:
    """A run whose containers are all proven."""
    settled = [obtain(one) for one in settle(wants or [want()])]  # type: ignore[arg-type]
    for one in settled:
        keep_proven(one)
        release(one)
    return settled


def ours(world: World) -> set[str]:
    """The names that the engine has because of us, without the day."""
    return {name for name in world.stored if name.startswith("localhost/")}


# All that is pulled is there before the first container starts.


def test_all_is_pulled_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pulling = barrier(3)

    def pull(engine: Engine, name: str, platform: Platform, label: str, *_: object) -> Answer:
        pulling.wait()
        return world.pull(engine, name, platform, label)

    monkeypatch.setattr(module, "pull", pull)
    world.offers = {"h.io/a": UNASKED, "h.io/b": UNASKED, "h.io/c": UNASKED}
    world.pulls = dict.fromkeys(world.offers, ARM64)
    assert len(settle([want(name) for name in world.offers])) == 3
    world.offers = {f"h.io/{name}": single(ARM64, f"sha256:{name * 64}") for name in "abc"}
    assert len(settle([want(name) for name in world.offers])) == 3


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["h.io/a"], [""]),
        (["h.io/a", "h.io/b"], ["h.io/a linux/arm64", "h.io/b linux/arm64"]),
    ],
)
def test_progress_has_a_label_where_there_are_several(
    world: World, names: list[str], labels: list[str]
) -> None:
    world.offers = {name: single(ARM64, f"sha256:{name[-1] * 64}") for name in names}
    settle([want(name) for name in names])
    assert sorted(world.labels) == labels


def test_what_is_seen_is_pulled_by_digest_and_its_name_is_nobodys(world: World) -> None:
    world.offers = {NAME: single(ARM64)}
    (settled,) = settle([want()])
    assert (settled.image, settled.decision.source) == (f"h.io/x@{ONE}", Source.STORED)
    assert (settled.ours, settled.held) == (True, "")
    assert world.pulled == [f"h.io/x@{ONE} linux/arm64"]
    assert NAME not in world.stored


def test_what_could_not_be_asked_is_pulled_by_name_and_leaves_no_name(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.offers = {NAME: UNASKED, "h.io/y:1": single(ARM64)}
    world.pulls = {NAME: ARM64}
    first, second = settle([want(), want("h.io/y:1")])
    assert (first.decision.source, second.decision.source) == (Source.STORED, Source.STORED)
    assert world.pulled == [f"{NAME} linux/arm64", f"h.io/y@{ONE} linux/arm64"]
    assert (first.image, first.held) == (f"id of {NAME} linux/arm64", HELD)
    assert NAME not in world.stored
    assert "asked of its registry: time-out. It is checked once pulled" in capsys.readouterr().err


def test_what_can_not_be_had_by_its_digest_is_pulled_by_name_one_after_the_other(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    both = (*single(ARM64).candidates, *single(AMD64, TWO).candidates)
    world.offers = {NAME: Offer(Shape.OCI_INDEX, both)}
    refused = dict.fromkeys((f"h.io/x@{ONE}", f"h.io/x@{TWO}"), "no such host")
    world.pulls = {**refused, f"{NAME} linux/arm64": ARM64, f"{NAME} linux/amd64": AMD64}
    settled = settle([want(), want(platform="linux/amd64")])
    assert [world.stored[one.image] for one in settled] == [ARM64, AMD64]
    assert [bool(one.held) for one in settled] == [True, True]
    assert NAME not in world.stored
    assert "could not be pulled by its digest (no such host)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pulls", "error"),
    [
        ({NAME: "manifest unknown"}, PullError),
        ({NAME: AMD64}, PullError),
    ],
)
def test_what_can_not_be_had_by_name_either_is_refused_for_the_digest(
    world: World, pulls: dict[str, Platform | str | None], error: type[ImageError]
) -> None:
    world.offers = {NAME: single(ARM64)}
    world.pulls = {f"h.io/x@{ONE}": "no such host", **pulls}
    with pytest.raises(error, match="no such host"):
        settle([want()])
    assert ours(world) == set()
    assert NAME not in world.stored


def test_what_the_user_has_by_that_name_the_user_still_has(world: World) -> None:
    world.stored = {NAME: AMD64}
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: ARM64}
    settled = settle([want(platform="linux/amd64"), want()])
    assert [one.image for one in settled] == [NAME, f"id of {NAME} linux/arm64"]
    assert [world.stored[one.image] for one in settled] == [AMD64, ARM64]


def test_each_platform_of_a_name_that_could_not_be_asked_stays(world: World) -> None:
    world.offers = {NAME: UNASKED}
    world.pulls = {f"{NAME} linux/arm64": ARM64, f"{NAME} linux/amd64": AMD64}
    wants = [want(), want(platform="linux/amd64")]
    assert [world.stored[one.image] for one in settle(wants)] == [ARM64, AMD64]
    assert len(ours(world)) == 2


@pytest.mark.parametrize("name", ["oci:1", "oci-archive:/x.tar:y"])
def test_what_podman_takes_from_elsewhere_is_known_by_its_id(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    def pull(engine: Engine, name: str, platform: Platform, label: str, *_: object) -> Answer:
        world.pull(engine, name, platform, label)
        world.stored = {"abc": ARM64}
        return Answer(0, "abc\ndef\n", "")

    monkeypatch.setattr(module, "pull", pull)
    world.pulls = {name: ARM64}
    (settled,) = run(want(name, engine="podman"))
    assert world.stored == {"abc": ARM64}
    assert (settled.decision.source, settled.held, world.asked) == (Source.STORED, "", [])
    assert "could not be asked" not in capsys.readouterr().err
    world.stored = {}
    with pytest.raises(ImagePlatformError, match="is, as podman pulled it, labelled linux/arm64"):
        settle([want(name, engine="podman", platform="linux/amd64")])


def test_what_another_run_removes_meanwhile_is_pulled_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull(engine: Engine, name: str, platform: Platform, label: str, *_: object) -> Answer:
        answer = world.pull(engine, name, platform, label)
        if len(world.pulled) == 1:
            world.forget(Address("docker"), name)
        return answer

    monkeypatch.setattr(module, "pull", pull)
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: ARM64}
    (settled,) = settle([want()])
    assert world.stored[settled.image] == ARM64
    assert len(world.pulled) == 2


@pytest.mark.parametrize(
    ("brought", "error"),
    [
        ("manifest unknown", ImageNotFoundError),
        ("no matching manifest for linux/arm64", PlatformNotOfferedError),
        ("connection refused", PullError),
        (AMD64, ImagePlatformError),
    ],
)
@pytest.mark.parametrize("answer", [single(ARM64), UNASKED])
def test_not_brought(
    world: World, answer: Reply, brought: Platform | str, error: type[ImageError]
) -> None:
    world.offers = {NAME: answer, "h.io/y:1": UNASKED}
    world.pulls = {f"h.io/x@{ONE}": brought, NAME: brought, "h.io/y:1": ARM64}
    with pytest.raises(error, match=r"^h\.io/x:1 "):
        settle([want(), want("h.io/y:1")])
    assert ours(world) == set()


def test_nothing_else_is_pulled_where_what_could_not_be_asked_is_refused(world: World) -> None:
    world.offers = {NAME: UNASKED, "h.io/y:1": UNASKED, "h.io/z:1": single(ARM64)}
    world.pulls = {NAME: AMD64, "h.io/y:1": "manifest unknown"}
    with pytest.raises(ImagesRefusedError):
        settle([want(name) for name in world.offers])
    assert sorted(world.pulled) == [f"{NAME} linux/arm64", "h.io/y:1 linux/arm64"]


@pytest.mark.parametrize(
    ("said", "pulls"),
    [
        ("connection refused", 1),
        ("denied", 1),
        ("manifest unknown", 1),
        ("no matching manifest for linux/amd64", 2),
    ],
)
def test_a_name_that_fails_for_every_platform_is_not_pulled_for_each(
    world: World, said: str, pulls: int
) -> None:
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: said}
    with pytest.raises(ImagesRefusedError, match="for 2 reasons"):
        settle([want(), want(platform="linux/amd64")])
    assert len(world.pulled) == pulls


def test_an_interrupted_pull_leaves_nothing_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull(engine: Engine, name: str, platform: Platform, label: str, *_: object) -> Answer:
        if "@" in name:
            raise KeyboardInterrupt
        return world.pull(engine, name, platform, label)

    monkeypatch.setattr(module, "pull", pull)
    world.offers = {NAME: UNASKED, "h.io/y:1": single(ARM64)}
    world.pulls = {NAME: ARM64}
    with pytest.raises(KeyboardInterrupt):
        settle([want(), want("h.io/y:1")])
    assert ours(world) == set()


def test_what_is_held_for_a_container_that_is_never_made_is_let_go(world: World) -> None:
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: ARM64}
    with undoing():
        (settled,) = settle([want()])
        assert ours(world) == {settled.held}
    assert ours(world) == set()


def test_what_was_let_go_is_not_let_go_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    monkeypatch.setattr(module, "forget", lambda _, name: gone.append(name))
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: ARM64}
    with undoing():
        release(*settle([want()]))
    assert gone.count(HELD) == 1


def test_what_was_removed_before_its_container_starts_is_pulled_again(world: World) -> None:
    world.offers = {NAME: single(ARM64)}
    (settled,) = settle([want()])
    world.stored.clear()
    assert obtain(settled).image in world.stored
    assert len(world.pulled) == 2
    assert obtain(settled) == settled
    assert len(world.pulled) == 2


# What is kept.


@pytest.mark.parametrize("answer", [single(ARM64), UNASKED])
def test_what_is_proven_is_kept_and_what_is_not_proven_is_not(world: World, answer: Reply) -> None:
    world.offers = {NAME: answer}
    world.pulls = {NAME: ARM64}
    (settled,) = settle([want()])
    release(settled)
    assert ours(world) == set()
    run()
    (kept,) = ours(world)
    assert kept.startswith(f"{HELD}.")
    assert world.stored[kept] == ARM64


def test_what_the_user_has_is_not_kept(world: World) -> None:
    world.stored = {NAME: ARM64}
    run()
    assert ours(world) == set()


def test_what_is_kept_of_a_tag_is_not_used_before_its_registry_is_asked(world: World) -> None:
    world.offers = {NAME: single(ARM64)}
    run()
    # as it was
    (settled,) = run()
    assert (settled.image, len(world.asked), len(world.pulled)) == (f"h.io/x@{ONE}", 2, 1)
    # as it is now
    world.offers = {NAME: single(ARM64, TWO)}
    (settled,) = run()
    assert (settled.image, len(world.asked), len(world.pulled)) == (f"h.io/x@{TWO}", 3, 2)
    (kept,) = ours(world)
    assert world.ids[kept] == f"id of h.io/x@{TWO} linux/arm64"


def test_what_could_not_be_asked_is_pulled_anew(world: World) -> None:
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: ARM64}
    run()
    run()
    assert len(world.pulled) == 2
    assert len(ours(world)) == 1


def test_what_the_user_has_goes_first(world: World) -> None:
    world.offers = {NAME: single(ARM64)}
    run()
    world.stored[NAME] = ARM64
    world.offers = {}
    (settled,) = run()
    assert settled.image == NAME


@pytest.mark.parametrize("answer", [UNASKED, NotFound("manifest unknown")])
@pytest.mark.parametrize("said", ["connection refused", "denied", "manifest unknown"])
def test_without_a_registry_what_is_kept_is_used_with_a_note(
    world: World, answer: Reply, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.stored = {KEPT: ARM64}
    world.offers = {NAME: answer}
    world.pulls = {NAME: said}
    (settled,) = run()
    assert (settled.image, settled.decision.source) == (KEPT, Source.STORED)
    assert (
        f"What was kept of {NAME} on 2026-11-24 is used as linux/arm64" in capsys.readouterr().err
    )
    assert ours(world) == {KEPT}


@pytest.mark.parametrize("answer", [single(AMD64), UNASKED])
def test_what_is_kept_of_a_tag_that_is_something_else_now_is_not_used(
    world: World, answer: Reply
) -> None:
    world.stored = {KEPT: ARM64}
    world.offers = {NAME: answer}
    world.pulls = {NAME: "no matching manifest for linux/arm64"}
    with pytest.raises(ImageError, match=r"^h\.io/x:1 "):
        settle([want()])


def test_nothing_is_asked_of_a_digest_that_is_kept(world: World) -> None:
    pinned = f"h.io/x@{TWO}"
    world.stored = {kept_as(want(pinned), ONE, DAY): ARM64}
    (settled,) = settle([want(pinned)])
    assert settled.image in world.stored
    assert (world.asked, world.pulled) == ([], [])


def test_of_several_that_are_kept_the_newest_is_used_and_the_others_go(world: World) -> None:
    newer = kept_as(want(), TWO, date(2026, 12, 1))
    world.stored = {KEPT: ARM64, newer: ARM64}
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: "connection refused"}
    (settled,) = settle([want()])
    assert settled.image == newer
    world.pulls = {NAME: ARM64}
    run()
    (kept,) = ours(world)
    assert kept not in {KEPT, newer}


def test_what_podman_is_not_sure_of_is_kept_too(world: World) -> None:
    world.certain = False
    world.offers = {NAME: UNASKED}
    world.pulls = {NAME: ARM_V7}
    wanted = want(engine="podman", platform="linux/arm/v7")
    run(wanted)
    world.pulls = {NAME: "connection refused"}
    (settled,) = settle([wanted])
    assert settled.image in ours(world)


# `--pull=always` in create_args.


def test_anew_the_registry_is_asked_of_what_is_stored(world: World) -> None:
    world.stored = {NAME: ARM64}
    world.offers = {NAME: single(ARM64)}
    (settled,) = settle([want(pull=ANEW)])
    assert settled.image == f"h.io/x@{ONE}"
    assert world.stored[NAME] == ARM64


@pytest.mark.parametrize("answer", [UNASKED, NotFound("manifest unknown")])
def test_anew_what_is_stored_is_used_where_there_is_nothing_else(
    world: World, answer: Reply, capsys: pytest.CaptureFixture[str]
) -> None:
    world.stored = {NAME: ARM64}
    world.offers = {NAME: answer}
    world.pulls = {NAME: "connection refused"}
    (settled,) = settle([want(pull=ANEW)])
    assert settled.image == NAME
    assert f"The stored {NAME} (linux/arm64) is used" in capsys.readouterr().err


def test_anew_a_digest_is_what_it_was(world: World) -> None:
    world.stored = {f"h.io/x@{ONE}": ARM64}
    settle([want(f"h.io/x@{ONE}", pull=ANEW)])
    assert world.asked == []


def test_options_of_a_pull_are_for_the_pull_which_alone_knows_what_is_there(world: World) -> None:
    world.offers, world.pulls = {NAME: NotFound("a stranger is told so")}, {NAME: ARM64}
    settle([want(pull=Pull(options=("--creds=u:p",)))])
    assert world.asked == []
    assert world.options == [("--creds=u:p",)]


def test_anew_and_not_are_two_wants_of_one_image(world: World) -> None:
    world.stored = {NAME: ARM64}
    world.offers = {NAME: Offer(single(ARM64).shape, single(ARM64, TWO).candidates)}
    first, second = settle([want(), want(pull=ANEW)])
    assert (first.image, second.image) == (NAME, f"h.io/x@{TWO}")
