from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine import kept, lists, registry, store
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.errors import (
    EmulationError,
    EngineUnusableError,
    ImageError,
    ImageOSError,
    ImagePlatformError,
    ImagesRefusedError,
    PlatformNotOfferedError,
    PullError,
)
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import Candidate, Flaw, NoAnswer, NotFound, Offer, Own
from cibuildwheel.oci.plan import bring, engines, planner
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.settle import obtain, settle, settle_image
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, Platform
from cibuildwheel.oci.wanted.want import Want
from unit_test.oci.plan.world import (
    AMD64,
    ARM64,
    ARM_V7,
    I686,
    ONE,
    TWO,
    World,
    barrier,
    single,
    want,
)
from unit_test.oci.samples import DOCKERS, ENGINES, image, samples

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.image.offer import Answer as Reply
    from cibuildwheel.oci.plan.settled import Settled
    from cibuildwheel.oci.wanted.address import EngineName


def names(settled: Iterable[Settled]) -> list[str]:
    return [one.image for one in settled]


def test_wants_that_differ_only_in_identifiers_are_settled_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.offers = {"h.io/x:1": single(ARM64), "h.io/y:1": single(ARM64, TWO)}
    wants = [
        want(identifier="a-manylinux_aarch64"),
        want("h.io/y:1"),
        want(identifier="b-manylinux_aarch64"),
    ]
    settled = settle(wants)
    assert names(settled) == [f"h.io/x@{ONE}", f"h.io/y@{TWO}", f"h.io/x@{ONE}"]
    assert settled[0].decision.want.identifiers == ("a-manylinux_aarch64", "b-manylinux_aarch64")
    assert settled[0] == settled[2]
    assert sorted(world.asked) == ["h.io/x:1", "h.io/y:1"]
    assert sorted(world.pulled) == [f"h.io/x@{ONE} linux/arm64", f"h.io/y@{TWO} linux/arm64"]
    assert capsys.readouterr().out.splitlines()[:8] == [
        "Containers of this run:",
        "  a-manylinux_aarch64      linux/arm64  native  OCI manifest  pull 0.0 MB",
        f'    manylinux-aarch64-image = "h.io/x@{ONE}"',
        "  cp313-manylinux_aarch64  linux/arm64  native  OCI manifest  pull 0.0 MB",
        f'    manylinux-aarch64-image = "h.io/y@{TWO}"',
        "  b-manylinux_aarch64      linux/arm64  native  OCI manifest  pull 0.0 MB",
        f'    manylinux-aarch64-image = "h.io/x@{ONE}"',
        "",
    ]


def test_each_container_has_the_cpu_of_its_platform(world: World) -> None:
    both = Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE), Candidate(AMD64, TWO)))
    world.offers, world.cpus = {"h.io/x:1": both}, {ARM64: "max"}
    # what the image is labelled says nothing of what runs in it
    wants = [want(), want(platform="linux/amd64"), want(label="linux/amd64")]
    assert [one.cpu for one in settle(wants)] == ["max", "", "max"]


def test_each_context_is_an_engine_of_its_own(world: World) -> None:
    world.stored = {"h.io/x:1": ARM64}
    wants = [want(), want(context="arm"), want(context="pi", engine="podman"), want(context="arm")]
    settled = settle(wants)
    assert sorted(world.described) == ["docker", "docker context arm", "podman connection pi"]
    assert [one.engine.address.context for one in settled] == ["", "arm", "pi", "arm"]
    assert [one.decision.want.address for one in settled] == [one.address for one in wants]


def test_an_engine_of_a_context_that_does_not_answer_is_one_reason_of_all(world: World) -> None:
    world.unusable = {
        of: f"{of} is not there" for of in ("docker context arm", "docker context pi")
    }
    world.offers = {"h.io/x:1": single(AMD64)}
    with pytest.raises(ImagesRefusedError) as raised:
        settle([want(), want(context="arm"), want(context="pi")])
    assert "- docker context arm is not there" in str(raised.value)
    assert "- docker context pi is not there" in str(raised.value)
    assert "- h.io/x:1 is a single image labelled linux/amd64" in str(raised.value)
    assert world.pulled == []


def several(*contexts: str, platform: str = "linux/arm64") -> Want:
    return replace(want(platform=platform), contexts=contexts)


def test_each_container_goes_where_its_platform_is_native(world: World) -> None:
    emulated, no_handler = Ability.EMULATED, Ability.NO_HANDLER
    world.contexts = {
        "near": {ARM64: emulated, I686: no_handler, ARM_V7: emulated},
        "arm": {AMD64: emulated, I686: no_handler, ARM_V7: emulated},
    }
    world.offers = {
        "h.io/x:1": Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE), Candidate(AMD64, TWO)))
    }
    wants = [
        several("near", "arm"),
        several("near", "arm", platform="linux/amd64"),
        several("arm", "near", platform="linux/amd64"),
        want(),
    ]
    settled = settle(wants)
    assert [one.engine.context for one in settled] == ["arm", "near", "near", ""]
    assert [one.emulated for one in settled] == [False, False, False, False]
    assert [one.decision.want.contexts for one in settled] == [()] * 4
    # each was described once, and tried once
    assert sorted(world.described) == ["docker", "docker context arm", "docker context near"]
    assert len(world.tried) == len(set(world.tried))
    assert ("near", AMD64) in world.tried


def test_a_plan_says_why_an_engine_was_chosen(world: World) -> None:
    world.contexts = {
        "near": {ARM64: Ability.EMULATED, ARM_V7: Ability.EMULATED},
        "arm": {ARM_V7: Ability.NO_HANDLER},
    }
    world.stored = {"h.io/x:1": ARM64}
    world.offers = {"h.io/x:1": single(ARM_V7)}
    plan = planner.make_plan(
        [several("near", "arm"), several("near", "arm", platform="linux/arm/v7"), want()]
    )
    assert [(one.want.context, one.why) for one in plan] == [
        ("arm", "the first of near, arm that runs it natively"),
        ("near", "the first of near, arm that emulates it, as none runs it natively"),
        ("", ""),
    ]


def test_an_engine_before_a_native_one_has_to_answer(world: World) -> None:
    world.unusable = {"docker context lost": "it is lost"}
    world.contexts = {"near": {ARM64: Ability.EMULATED}}
    world.stored = {"h.io/x:1": AMD64}
    (settled,) = settle([several("near", "lost", "arm", platform="linux/amd64")])
    assert settled.engine.context == "near"
    for wants in ([several("near", "lost", "arm")], [several("near", "lost"), several("lost")]):
        with pytest.raises(EngineUnusableError, match=r"^it is lost$"):
            settle(wants)


def test_wants_that_differ_otherwise_are_not_merged(world: World) -> None:
    both = Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE), Candidate(AMD64, TWO)))
    world.offers = {"h.io/x:1": both}
    wants = [
        want(),
        want(platform="linux/amd64"),
        want(label="linux/amd64"),
        want(engine="podman"),
    ]
    settled = settle(wants)
    assert names(settled) == [f"h.io/x@{digest}" for digest in (ONE, TWO, TWO, ONE)]
    assert [one.engine.name for one in settled] == ["docker", "docker", "docker", "podman"]
    assert sorted(world.described) == ["docker", "podman"]
    assert [one.create_args for one in settled[1:3]] == [
        ("--platform=linux/amd64", "--pull=never")
    ] * 2


def test_nothing_is_asked_for_what_is_stored(world: World) -> None:
    world.stored = {"h.io/x:1": ARM64}
    (settled,) = settle([want()])
    assert (settled.image, settled.ours) == ("h.io/x:1", False)
    assert settled.decision.source is Source.STORED
    assert obtain(settled) is settled
    assert (world.asked, world.pulled, len(world.looked)) == ([], [], 1)


def test_what_is_offered_and_stored_by_its_digest_is_not_pulled(world: World) -> None:
    world.offers = {"h.io/x:1": single(ARM64)}
    world.stored = {"h.io/x:1": AMD64, f"h.io/x@{ONE}": ARM64}
    (settled,) = settle([want()])
    assert (settled.decision.source, settled.image) == (Source.STORED, f"h.io/x@{ONE}")
    assert world.pulled == []


def test_what_is_stored_by_its_digest_under_another_label_is_pulled(world: World) -> None:
    world.offers = {"h.io/x:1": single(ARM64)}
    world.stored = {f"h.io/x@{ONE}": AMD64}
    world.pulls = {f"h.io/x@{ONE}": ARM64}
    settle([want()])
    assert world.pulled == [f"h.io/x@{ONE} linux/arm64"]


# What the registry says of what an index lists.


def test_each_of_what_is_listed_is_read_once(world: World) -> None:
    both = Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE), Candidate(AMD64, TWO)))
    world.offers = {"h.io/x:1": both, "h.io/y:1": single(ARM64)}
    wants = [
        want(),
        want(platform="linux/amd64"),
        want(identifier="another"),
        want("h.io/y:1"),
        want(engine="podman"),
    ]
    settle(wants)
    first, second = f"h.io/x:1@{ONE}", f"h.io/x:1@{TWO}"
    assert sorted(world.read) == [(first, False), (first, False), (second, False)]
    # of two, one may be no image
    twice = Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE), Candidate(ARM64, TWO)))
    world.read, world.stored, world.offers = [], {}, {"h.io/x:1": twice}
    world.owns = {ONE: Own(flaw=Flaw.NO_IMAGE)}
    (settled,) = settle([want()])
    assert world.read == [(first, True), (second, True)]
    assert settled.image == f"h.io/x@{TWO}"


def test_what_is_listed_and_stored_is_not_read(world: World) -> None:
    world.offers = {"h.io/x:1": Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE),))}
    world.stored = {f"h.io/x@{ONE}": ARM64}
    (settled,) = settle([want()])
    assert (settled.decision.source, world.read) == (Source.STORED, [])
    # under another label than the index has
    world.stored = {f"h.io/x@{ONE}": AMD64}
    with pytest.raises(ImagePlatformError, match="offered as linux/arm64 but labelled linux/amd64"):
        settle([want()])
    (settled,) = settle([want(label="linux/amd64")])
    assert (settled.decision.source, settled.create_args[0]) == (
        Source.STORED,
        "--platform=linux/amd64",
    )


def test_what_could_not_be_read_is_checked_once_pulled(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.offers = {"h.io/x:1": Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE),))}
    world.owns = {ONE: None}
    world.pulls = {f"h.io/x@{ONE}": AMD64}
    with pytest.raises(ImagePlatformError, match="offered as linux/arm64 but labelled linux/amd64"):
        settle([want()])
    assert "pull, checked afterwards" in capsys.readouterr().out
    # and what the fix says helps
    (settled,) = settle([want(label="linux/amd64")])
    assert settled.create_args[0] == "--platform=linux/amd64"


def test_content_without_a_label_is_created_without_a_platform(world: World) -> None:
    world.offers = {"h.io/x:1": Offer(Shape.OCI_INDEX, (Candidate(ARM64, ONE),))}
    world.owns = {ONE: Own()}
    world.pulls = {f"h.io/x@{ONE}": None}
    (settled,) = settle([want()])
    assert world.pulled == [f"h.io/x@{ONE} linux/arm64"]
    assert settled.create_args == ("--platform=", "--pull=never")
    # so it is where nobody could tell before
    world.stored, world.offers = {}, {"h.io/x:1": NoAnswer("podman alone can't tell")}
    world.pulls = {"h.io/x:1": None}
    (settled,) = settle([want()])
    assert settled.create_args == ("--platform=", "--pull=never")


def test_what_nobody_could_be_asked_of_is_pulled_by_both_platforms(world: World) -> None:
    """By the wanted one and by the label that the user names: an index can be wrong as well."""
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {
        "h.io/x:1 linux/arm64": "no matching manifest for linux/arm64",
        "h.io/x:1 linux/amd64": AMD64,
    }
    (settled,) = settle([want(label="linux/amd64")])
    assert world.pulled == ["h.io/x:1 linux/arm64", "h.io/x:1 linux/amd64"]
    assert settled.create_args[0] == "--platform=linux/amd64"


def test_an_index_that_is_right_of_an_image_that_is_not(world: World) -> None:
    """The true amd64 beside it in the index is not what the user means."""
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {"h.io/x:1 linux/arm64": AMD64, "h.io/x:1 linux/amd64": AMD64}
    (settled,) = settle([want(label="linux/amd64")])
    assert world.pulled == ["h.io/x:1 linux/arm64"]
    assert settled.create_args[0] == "--platform=linux/amd64"


@pytest.mark.parametrize("machine", ["i686", "x86_64", ""])
def test_i686_that_an_index_offers_as_amd64(world: World, machine: str) -> None:
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {
        "h.io/x:1 linux/386": "no matching manifest for linux/386",
        "h.io/x:1 linux/amd64": AMD64,
    }
    world.machines = {"h.io/x:1": machine}
    i686 = want(platform="linux/386")
    if machine == "i686":
        (settled,) = settle([i686])
        assert settled.create_args[0] == "--platform=linux/amd64"
    else:
        with pytest.raises(PlatformNotOfferedError, match="no matching manifest for linux/386"):
            settle([i686])
        assert "h.io/x:1" not in world.stored


def test_podman_that_would_pull_for_a_name_has_a_shell_looked_at_by_its_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    podman = Engine("podman", Store.PODMAN, AMD64, (3, 4), daemon=(3, 4))
    monkeypatch.setattr(engines, "describe", lambda _: podman)
    monkeypatch.setattr(bring, "id_of_list", lambda *_: "")
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {
        "h.io/x:1 linux/386": "no matching manifest for linux/386",
        "h.io/x:1 linux/amd64": AMD64,
    }
    world.machines = {"id of h.io/x:1 linux/amd64": "i686"}
    (settled,) = settle([want(engine="podman", platform="linux/386")])
    assert settled.create_args[0] == "--platform=linux/amd64"


def test_what_names_no_architecture_and_is_there_in_spite_of_the_answer(world: World) -> None:
    unlabelled = Candidate(ARM64, ONE, own=Own(None))
    world.offers = {"h.io/x:1": Offer(Shape.OCI_INDEX, (unlabelled,))}
    world.owns = {ONE: Own(None)}
    said = "x was found but does not match the specified platform: wanted linux/arm64, actual: "
    name = f"h.io/x@{ONE}"
    world.pulls = {f"{name} linux/arm64": f"{said}linux", f"{name} None": None}
    (settled,) = settle([want()])
    assert world.pulled == [f"{name} linux/arm64", f"{name} None"]
    assert settled.create_args == ("--platform=", "--pull=never")
    world.stored, world.pulls = {}, {f"{name} linux/arm64": f"{said}linux/amd64"}
    with pytest.raises(ImagePlatformError, match="it is labelled linux/amd64"):
        settle([want()])


def test_an_id_has_no_other_name(world: World) -> None:
    world.stored = {"1" * 64: ARM64}
    (settled,) = settle([want("1" * 64)])
    assert world.looked == [("1" * 64,)]
    assert settled.image == "1" * 64


def test_one_refusal_is_raised_as_itself(world: World) -> None:
    world.offers = {"h.io/x:1": single(AMD64), "h.io/y:1": single(ARM64)}
    with pytest.raises(ImagePlatformError, match=r"^h\.io/x:1 is a single image"):
        settle([want("h.io/y:1"), want()])
    assert world.pulled == []


def test_all_refusals_are_told_at_once_and_nothing_is_pulled(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.offers = {
        "h.io/a": single(AMD64),
        "h.io/b": NotFound("manifest unknown"),
        "h.io/c": single(ARM64),
        "h.io/d": Offer(Shape.OCI_INDEX, (Candidate(AMD64, ONE),)),
        "h.io/e": NoAnswer("time-out"),
    }
    wanted = [want(name, f"cp3{n}-manylinux_aarch64") for n, name in enumerate(world.offers)]
    with pytest.raises(ImagesRefusedError) as raised:
        settle(wanted)
    first, *lines = str(raised.value).splitlines()
    assert first == "The build can't start, for 3 reasons:"
    assert [line.split(" ")[:2] for line in lines[::2]] == [
        ["-", "h.io/a"],
        ["-", "h.io/b"],
        ["-", "h.io/d"],
    ]
    assert all(line.startswith("  Fix: ") for line in lines[1::2])
    for number in (0, 1, 3):
        assert f"needed for cp3{number}-manylinux_aarch64." in str(raised.value)
    assert world.pulled == []
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows if row.endswith("refused")] == [
        f"cp3{n}-manylinux_aarch64" for n in (0, 1, 3)
    ]


def test_what_an_engine_cannot_run_is_told_beside_what_a_registry_has_not(world: World) -> None:
    world.offers = {"h.io/x:1": single(ARM64), "h.io/y:1": single(AMD64)}
    world.abilities = {ARM64: Ability.NO_HANDLER}
    with pytest.raises(EmulationError, match="can't run linux/arm64, needed for a and 1 more"):
        settle([want(identifier="a"), want(identifier="b")])
    with pytest.raises(ImagesRefusedError) as raised:
        settle([want(), want("h.io/y:1")])
    said = str(raised.value)
    assert "\n- docker (linux/amd64) can't run linux/arm64" in said
    assert "\n- h.io/y:1 is a single image labelled linux/amd64" in said
    assert said.count("\n- ") == 2
    assert world.pulled == []


@pytest.mark.parametrize(("daemon", "by_id"), [((3, 4, 4), True), ((4, 3, 1), False), ((), False)])
def test_podman_that_would_ask_for_a_name_is_told_the_id(
    daemon: tuple[int, ...], by_id: bool, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = Engine("podman", Store.PODMAN, AMD64, daemon, daemon=daemon)
    monkeypatch.setattr(engines, "describe", lambda _: about)
    monkeypatch.setattr(bring, "id_of_list", lambda *_: "")
    world.stored = {"h.io/stored:1": ARM64}
    world.offers = {"h.io/x:1": single(ARM64), "h.io/unseen:1": NoAnswer("down")}
    world.pulls = {"h.io/unseen:1": ARM64}
    for name in ("h.io/stored:1", "h.io/x:1", "h.io/unseen:1"):
        (settled,) = settle([want(name, engine="podman")])
        own_id = world.inspect(Address("podman"), [settled.decision.name])[settled.decision.name][
            "Id"
        ]
        assert settled.own_id == (own_id if by_id else "")
        assert settled.image == (own_id if by_id else settled.decision.name)
        assert obtain(settled).image == settled.image
    world.stored.clear()
    assert obtain(settled).image == settled.image


@pytest.mark.parametrize("question", ["inspect", "list_kept", "stored"])
def test_an_engine_that_is_lost_midway_has_not_said_that_it_lacks_an_image(
    question: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise EngineUnusableError("docker is lost")

    monkeypatch.setattr(planner, question, lose)
    world.offers = {"h.io/x:1": single(ARM64)}
    with pytest.raises(EngineUnusableError, match=r"^docker is lost$"):
        settle([want(), want("h.io/y:1")])
    assert world.pulled == []


def test_an_engine_that_does_not_answer_does_not_hide_what_another_refuses(world: World) -> None:
    world.unusable = {"podman": "podman is not there"}
    world.offers = {"h.io/x:1": single(AMD64)}
    with pytest.raises(EngineUnusableError, match=r"^podman is not there$"):
        settle([want(engine="podman"), want("h.io/y:1", engine="podman")])
    with pytest.raises(ImagesRefusedError) as raised:
        settle([want(engine="podman"), want()])
    _, first, second, _ = str(raised.value).splitlines()
    assert first == "- podman is not there"
    assert second.startswith("- h.io/x:1 is a single image labelled linux/amd64")


def test_a_plan_of_what_could_not_be_asked_pulls_and_keeps_nothing(world: World) -> None:
    world.stored = {"h.io/x:1": AMD64}
    world.offers = {"h.io/x:1": NoAnswer("time-out")}
    plan = planner.make_plan([want(platform="linux/amd64"), want()])
    sources = [planned.decision.source for planned in plan if planned.decision]
    assert sources == [Source.STORED, Source.UNSEEN]
    assert (world.pulled, list(world.stored)) == ([], ["h.io/x:1"])


def test_the_registry_is_asked_for_all_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = barrier(5)

    def ask_registry(_engine: Engine, name: str) -> Reply:
        asked.wait()
        world.offers[name] = single(ARM64)
        return world.offers[name]

    monkeypatch.setattr(planner, "ask_registry", ask_registry)
    assert len(settle([want(f"h.io/{n}") for n in range(5)])) == 5


def test_engines_are_planned_at_the_same_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stored = {"h.io/x:1": ARM64}
    described, describe = barrier(2), world.describe

    def meet(address: Address) -> Engine:
        described.wait()
        return describe(address)

    monkeypatch.setattr(engines, "describe", meet)
    settled = settle([want(context="near"), want(context="far")])
    assert [one.engine.context for one in settled] == ["near", "far"]


def test_an_i686_image_labelled_amd64_is_created_under_its_label(world: World) -> None:
    world.offers = {"h.io/x:1": NoAnswer("time-out")}
    world.pulls = {"h.io/x:1": AMD64}
    (settled,) = settle([want(platform="linux/386")])
    assert world.pulled == ["h.io/x:1 linux/386"]
    assert settled.create_args == ("--platform=linux/amd64", "--pull=never")


def test_a_stored_amd64_is_taken_for_i686_only_if_nothing_can_be_pulled(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.stored = {"h.io/x:1": AMD64}
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {"h.io/x:1": "connection refused"}
    (settled,) = settle([want(platform="linux/386")])
    assert settled.create_args == ("--platform=linux/amd64", "--pull=never")
    assert "(linux/amd64) is used as linux/386" in capsys.readouterr().err
    world.pulls = {"h.io/x:1": I686}
    (settled,) = settle([want(platform="linux/386")])
    assert settled.create_args == ("--platform=linux/386", "--pull=never")


@pytest.mark.parametrize(
    "complaint",
    [
        "denied: access forbidden",
        "manifest unknown",
        "schema 1 is disabled",
        "manifest verification failed for digest",
        "no basic auth credentials",
    ],
)
def test_a_stored_amd64_is_taken_for_i686_whatever_the_reason(world: World, complaint: str) -> None:
    world.stored = {"h.io/x:1": AMD64}
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {"h.io/x:1": complaint}
    (settled,) = settle([want(platform="linux/386")])
    assert (settled.image, settled.decision.source) == ("h.io/x:1", Source.STORED)


@pytest.mark.parametrize(
    ("complaint", "error"),
    [
        ("no matching manifest for linux/386", PlatformNotOfferedError),
        ("cannot be used on this platform", ImageOSError),
    ],
)
def test_a_stored_amd64_is_not_taken_for_i686_where_the_pull_is_definite(
    world: World, complaint: str, error: type[ImageError]
) -> None:
    world.stored = {"h.io/x:1": AMD64}
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {"h.io/x:1": complaint}
    with pytest.raises(error):
        settle([want(platform="linux/386")])


@pytest.mark.parametrize(
    ("complaint", "fix"),
    [
        ("denied: access forbidden", "check its name, and log in to its registry (docker login)"),
        ("manifest unknown", "check its name, tag and digest"),
        ("connection refused", "try `docker pull --platform=linux/arm64 h.io/x:1` by hand"),
    ],
)
def test_what_is_stored_for_another_platform_is_told_whatever_the_reason(
    world: World, complaint: str, fix: str
) -> None:
    world.stored = {"h.io/x:1": AMD64}
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {"h.io/x:1": complaint}
    with pytest.raises(ImagePlatformError) as raised:
        settle([want()])
    said = str(raised.value)
    what = f"of it could be had (docker: {complaint})."
    assert said.startswith(
        f"h.io/x:1 is stored in docker for linux/amd64 only, and no linux/arm64 {what}"
    )
    assert f"If it is your own, build it with --platform=linux/arm64; else {fix}" in said
    assert 'image-platform = "linux/amd64"' in said


def test_a_full_disk_is_told_rather_than_what_is_stored(world: World) -> None:
    world.stored = {"h.io/x:1": AMD64}
    world.offers = {"h.io/x:1": NoAnswer("an old client")}
    world.pulls = {"h.io/x:1": "no space left on device"}
    with pytest.raises(PullError, match="prune"):
        settle([want()])


def test_no_registry_is_asked_for_an_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def inspect(_engine: Address, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        return {name: {"Id": f"sha256:{'ab' * 32}", "RepoTags": ["h.io/x:1"]} for name in names}

    monkeypatch.setattr(planner, "inspect", inspect)
    world.stored = {"abab": AMD64}
    with pytest.raises(ImagePlatformError, match="could be had \\(no registry knows an id\\)"):
        settle([want("abab")])
    assert (world.asked, world.pulled) == ([], [])


def test_refusals_of_what_could_not_be_asked_are_told_together(world: World) -> None:
    world.offers = {name: NoAnswer("time-out") for name in ("h.io/a", "h.io/b", "h.io/c")}
    world.pulls = {"h.io/a": AMD64, "h.io/b": "connection refused", "h.io/c": ARM64}
    with pytest.raises(ImagesRefusedError, match=r"h\.io/b could not be pulled") as raised:
        settle([want(name) for name in world.offers])
    assert str(raised.value).startswith(
        "The build can't start, for 2 reasons:\n- h.io/a is, as docker pulled it, "
    )


def test_notes_are_warnings(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.stored = {"h.io/x:1": AMD64}
    settle([want(label="linux/amd64")])
    assert "h.io/x:1 is used for linux/arm64 though it is labelled" in capsys.readouterr().err


def test_settle_image(world: World) -> None:
    world.stored = {"h.io/x:1": AMD64}
    settled = settle_image("docker", "h.io/x:1", "linux/arm64/v8", "amd64")
    assert settled.decision.want == Want("docker", "h.io/x:1", ARM64, label=AMD64)
    assert settled.create_args == ("--platform=linux/amd64", "--pull=never")


def test_nothing_to_settle(world: World) -> None:
    assert settle([]) == []
    assert world.described == []


# With what the lab's engines and clients answered.


@pytest.mark.parametrize("engine", [name for name in ENGINES if samples(name, "skopeo-raw")])
def test_seven_platforms_of_a_tag(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name: EngineName = "docker" if engine in DOCKERS else "podman"
    document = samples(engine, "skopeo-raw")["oci-index"].answer
    missing = samples(engine, "image-inspect")["missing"].answer
    asked: list[tuple[str, ...]] = []

    def ask(*command: str) -> Answer:
        asked.append(command)
        return document if command[0] == "skopeo" else missing

    about = Engine(name, Store.CLASSIC if name == "docker" else Store.PODMAN, AMD64, ())
    monkeypatch.setattr(engines, "describe", lambda _: about)
    monkeypatch.setattr(engines, "try_platforms", World().try_platforms)
    monkeypatch.setattr("shutil.which", lambda _: "skopeo")
    monkeypatch.setattr(registry, "ask", ask)
    for module in (store, kept, lists):
        monkeypatch.setattr(module, "ask", ask)
    platforms = [Platform("linux", *names) for names in WHEEL_ARCHITECTURES.values()]
    plan = planner.make_plan([Want(name, image("oci-index"), platform) for platform in platforms])
    decisions = [one.decision for one in plan if one.decision]
    assert [one.platform for one in decisions] == platforms
    assert len({one.name for one in decisions}) == 7
    assert len([command for command in asked if command[0] == "skopeo"]) == 1
