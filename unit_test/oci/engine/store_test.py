from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cibuildwheel.oci.engine import lists, unstarted
from cibuildwheel.oci.engine import store as module
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.store import (
    inspect,
    is_named_by_id,
    look,
    parse_inspect,
    parse_several,
    parse_stored,
)
from cibuildwheel.oci.image.stored import Stored
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import Platform, parse_platform
from unit_test.oci.samples import (
    DOCKERS,
    ENGINES,
    PODMANS,
    REPOSITORIES,
    Replay,
    image,
    samples,
    stand_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cibuildwheel.oci.wanted.address import EngineName

ARM64, AMD64, ARM_V7, I686 = map(
    parse_platform, ("linux/arm64", "linux/amd64", "linux/arm/v7", "linux/386")
)
CONTAINERD = [name for name in DOCKERS if name.endswith("-containerd")]
NEW = [name for name in CONTAINERD if name.startswith("docker28")]
CLASSIC = [name for name in DOCKERS if name not in CONTAINERD]
ONE_A_NAME = [*CLASSIC, *PODMANS]
ONE = f"sha256:{'1' * 64}"


def engine_of(name: str) -> Engine:
    if name in PODMANS:
        return Engine("podman", Store.PODMAN, AMD64, ())
    api = {"docker20": (1, 41), "docker26": (1, 45), "docker28": (1, 51)}
    store = Store.CONTAINERD if name in CONTAINERD else Store.CLASSIC
    return Engine("docker", store, AMD64, (), api[name.removesuffix("-containerd")])


def inspected(engine: str, *cases: str) -> Replay:
    recorded = samples(engine, "image-inspect")
    return Replay({recorded[case].argv: recorded[case].answer for case in cases})


class Creating(Replay):
    """Answers `create` for the platforms there are, as a containerd store before API 1.49 does."""

    def __init__(self, replay: Replay, there: set[str]) -> None:
        super().__init__(replay.answers, replay.asked)
        self.there = there

    def __call__(self, *command: str) -> Answer:
        if command[1] in {"create", "rm"}:
            self.asked.append(command)
            return Answer(0 if self.there & set(command) else 1, "", "")
        return super().__call__(*command)


def labels_of(found: Iterable[Stored]) -> list[str]:
    return [str(stored.platform) for stored in found]


# What `image inspect` says after a pull by tag: the platform, and whether podman is sure of it.
PULLED = {
    "docker-manifest": ("linux/arm64", True),
    "docker-manifest-variant": ("linux/arm/v7", False),
    "docker-manifest-mislabelled": ("linux/amd64", True),
    "oci-manifest": ("linux/arm64", True),
    "oci-manifest-variant": ("linux/arm/v7", False),
    "oci-manifest-no-media-type": ("linux/arm64", True),
    "docker-list": ("linux/arm64", True),
    "docker-list-one": ("linux/arm64", True),
    "oci-index": ("linux/arm64", True),
    "oci-index-attested": ("linux/arm64", True),
    "oci-index-all-attested": ("linux/arm64", True),
    "oci-index-no-media-type": ("linux/arm64", True),
    "oci-index-respelled": ("linux/arm64", True),
}


def reach(monkeypatch: pytest.MonkeyPatch, edge: Callable[..., Answer]) -> None:
    """Have what is under test reach `edge` instead of an engine."""
    for one in (module, unstarted):
        stand_in(monkeypatch, one, edge)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "platform", "certain"), [(k, *v) for k, v in PULLED.items()])
def test_an_image_pulled_by_tag(engine: str, name: str, platform: str, certain: bool) -> None:
    sample = samples(engine, "image-inspect")[f"{name}, pulled by tag"]
    stored = parse_stored(
        image(name), image(name), parse_inspect(sample.answer), engine_of(engine).store
    )
    assert stored is not None
    assert str(stored.platform) == platform
    assert stored.certain == (certain or engine not in PODMANS)
    assert stored.digest.startswith("sha256:")


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_stored(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = inspected(engine, "missing", "missing, --platform")
    reach(monkeypatch, replay)
    assert look(engine_of(engine), [image("oci-index")], [ARM64]) == ()
    assert len(replay.asked) == 1


@pytest.mark.parametrize("engine", ONE_A_NAME)
def test_one_platform_a_name(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = "arm64 then arm/v7 pulled by tag, by tag"
    replay = Creating(inspected(engine, case), {f"--platform={ARM_V7}"})
    reach(monkeypatch, replay)
    # 3.4 takes no variant from an index by its tag, so there the second pull brought nothing
    has = "linux/arm64" if engine == "podman3" else "linux/arm/v7"
    for labels in ([ARM64], [ARM_V7], [I686, AMD64]):
        found = look(engine_of(engine), [image("oci-index")], labels)
        assert labels_of(found) == [has]


@pytest.mark.parametrize("engine", NEW)
def test_many_platforms_a_name(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = "arm64 then arm/v7 pulled by tag, --platform"
    platforms = (ARM64, ARM_V7, AMD64)
    cases = ["arm64 then arm/v7 pulled by tag, by tag", *(f"{before} {p}" for p in platforms)]
    reach(monkeypatch, inspected(engine, *cases))
    found = look(engine_of(engine), [image("oci-index")], platforms)
    assert labels_of(found) == ["linux/arm64", "linux/arm/v7"]
    assert all(stored.certain and stored.digest for stored in found)


@pytest.mark.parametrize("engine", CONTAINERD)
def test_another_platform_of_the_name(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = "arm64 then arm/v7 pulled by tag"
    replay = inspected(engine, f"{case}, by tag", f"{case}, --platform linux/amd64")
    reach(monkeypatch, replay if engine in NEW else Creating(replay, set()))
    found = look(engine_of(engine), [image("oci-index")], [AMD64])
    assert labels_of(found) == ["linux/arm/v7"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("platform", [ARM64, ARM_V7])
def test_images_known_by_digest(
    engine: str, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = f"both pulled by own digest, {platform}"
    cases = [case, f"{case}, --platform"] if engine in NEW else [case]
    name = samples(engine, "image-inspect")[case].argv[-1]
    replay = inspected(engine, *cases)
    if engine not in NEW:
        replay = Creating(replay, {f"--platform={platform}"})
    reach(monkeypatch, replay)
    (found,) = look(engine_of(engine), [name], [platform])
    assert (found.name, found.platform) == (name, platform)
    assert found.digest == name.partition("@")[2]


@pytest.mark.parametrize(
    ("client", "there", "found"),
    [
        ((5, 4, 2), "linux/arm/v7", [Stored("x:1", ARM_V7)]),
        ((5, 4, 2), "linux/arm/v6", []),
        ((4, 3, 1), "linux/arm/v7", [Stored("x:1", ARM_V7, certain=False)]),
        ((4, 3, 1), "linux/arm/v6", []),
    ],
)
def test_podman_is_asked_for_a_variant_by_creating(
    client: tuple[int, ...], there: str, found: list[Stored], monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect = ("podman", "image", "inspect", "x:1")
    answer = Answer(0, json.dumps([described(Architecture="arm")]), "")
    reach(monkeypatch, Creating(Replay({inspect: answer}), {f"--platform={there}"}))
    engine = Engine("podman", Store.PODMAN, AMD64, client)
    assert list(look(engine, ["x:1"], [ARM_V7])) == found
    (other,) = look(engine, ["x:1"], [ARM64])
    assert not other.certain


@pytest.mark.parametrize(("daemon", "named"), [((3, 4, 4), "1234"), ((4, 3, 1), "x:1")])
def test_nothing_is_pulled_to_ask_for_a_variant(
    daemon: tuple[int, ...], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Podman 3.4 pulls what is named otherwise than by its id."""
    inspect = ("podman", "image", "inspect", "x:1")
    answer = Answer(0, json.dumps([described(Architecture="arm", Id="1234")]), "")
    creating = Creating(Replay({inspect: answer}), {"--platform=linux/arm/v7"})
    reach(monkeypatch, creating)
    engine = Engine("podman", Store.PODMAN, AMD64, daemon, daemon=daemon)
    assert list(look(engine, ["x:1"], [ARM_V7])) == [Stored("x:1", ARM_V7, certain=False)]
    (created,) = (command for command in creating.asked if command[1] == "create")
    assert created[-2] == named


@pytest.mark.parametrize("store", [Store.PODMAN, Store.CLASSIC])
def test_what_has_no_architecture_is_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    name: EngineName = "podman" if store is Store.PODMAN else "docker"
    answer = Answer(0, json.dumps([described(Architecture="")]), "")
    answers: dict[tuple[str, ...], Answer] = {
        (name, "image", "inspect", "x:1"): answer,
        (name, "manifest", "exists", "x:1"): Answer(1, "", ""),
    }
    reach(monkeypatch, Replay(answers))
    stand_in(monkeypatch, lists, Replay(answers))
    (found,) = look(Engine(name, store, AMD64, ()), ["x:1"], [])
    assert found.platform is None


def test_podman_is_not_asked_for_a_variant_of_another_os(monkeypatch: pytest.MonkeyPatch) -> None:
    inspect = ("podman", "image", "inspect", "x:1")
    answer = Answer(0, json.dumps([described(Os="windows", Architecture="arm")]), "")
    reach(monkeypatch, Replay({inspect: answer}))
    (windows,) = look(Engine("podman", Store.PODMAN, AMD64, (5, 4)), ["x:1"], [ARM_V7])
    assert str(windows.platform).startswith("windows/arm")


def test_an_image_of_layers_that_docker_has_otherwise_compressed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seen with Docker 28.5.2: compressed by zstd, and pulled by gzip before."""
    inspect = ("docker", "image", "inspect", "x:1")
    told = Answer(0, json.dumps([described(Id=ONE, Os="", Architecture="")]), "")
    none = Answer(1, "[]", "x:1 was found but does not provide the specified platform")
    answers: dict[tuple[str, ...], Answer] = {inspect: told}
    answers |= {(*inspect[:3], f"--platform={p}", "x:1"): none for p in (ARM64, AMD64)}
    replay = Replay(answers)
    reach(monkeypatch, Creating(replay, {f"--platform={ARM64}"}))
    engine = Engine("docker", Store.CONTAINERD, AMD64, (), (1, 51))
    assert labels_of(look(engine, ["x:1"], [ARM64])) == ["linux/arm64"]
    assert look(engine, ["x:1"], [AMD64]) == ()


OLD = [name for name in CONTAINERD if name not in NEW]


@pytest.mark.parametrize("engine", OLD)
def test_many_platforms_a_name_without_inspect(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = samples(engine, "create")
    there = {
        sample.argv[2]
        for case, sample in created.items()
        if case.startswith("arm64 stored") and sample.answer.ok
    }
    assert there == {"--platform=linux/arm64"}
    replay = Creating(inspected(engine, "oci-index, pulled by tag"), there)
    reach(monkeypatch, replay)
    (found,) = look(engine_of(engine), [image("oci-index")], [AMD64, ARM64])
    assert str(found.platform) == "linux/arm64"
    assert found.digest.startswith("sha256:")
    _, *containers = replay.asked
    made = [command[2].removeprefix("--name=") for command in containers if command[1] == "create"]
    removed = [command[-1] for command in containers if command[1] == "rm"]
    assert len(set(made)) == 2
    assert made == removed
    for command in containers[::2]:
        assert "--pull=never" in command
        assert command[-2:] == (image("oci-index"), "/bin/true")


@pytest.mark.parametrize("engine", OLD)
def test_what_create_answers(engine: str) -> None:
    """The lab's own answers, to what `look` asks above."""
    created = {case: sample.answer.ok for case, sample in samples(engine, "create").items()}
    assert created["arm64 stored, arm64 wanted"]
    assert not created["arm64 stored, amd64 wanted"]
    assert not created["missing"]
    assert not created["mislabelled, linux/arm64 wanted"]
    assert created["mislabelled, linux/amd64 wanted"]


def test_a_container_is_removed_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(*command: str) -> Answer:
        asked.append(command[1])
        if command[1] == "create":
            raise KeyboardInterrupt
        return Answer(0, "[{}]", "")

    reach(monkeypatch, ask)
    engine = Engine("docker", Store.CONTAINERD, AMD64, (), (1, 45))
    assert look(engine, ["x"], [ARM64]) == ()  # `image inspect` told nothing
    monkeypatch.setattr(module, "parse_inspect", lambda _answer: {"Os": "linux"})
    with pytest.raises(KeyboardInterrupt):
        look(engine, ["x"], [ARM64])
    assert asked == ["image", "image", "create", "rm"]


def described(**fields: object) -> dict[str, Any]:
    return {"Os": "linux", "Architecture": "arm64", **fields}


@pytest.mark.parametrize(
    ("fields", "store", "platform", "certain"),
    [
        (described(), Store.CLASSIC, "linux/arm64", True),
        (described(Variant="v8"), Store.CONTAINERD, "linux/arm64", True),
        (described(Variant=None), Store.CLASSIC, "linux/arm64", True),
        (described(Architecture="arm"), Store.CLASSIC, "linux/arm/v7", True),
        (described(Architecture="arm"), Store.PODMAN, "linux/arm/v7", False),
        (described(Architecture="arm", Variant="v6"), Store.CONTAINERD, "linux/arm/v6", True),
        (described(Architecture="amd64"), Store.PODMAN, "linux/amd64", True),
    ],
)
def test_platform(fields: dict[str, Any], store: Store, platform: str, certain: bool) -> None:
    assert parse_stored("x", "x", fields, store) == Stored("x", parse_platform(platform), certain)


@pytest.mark.parametrize("store", Store)
@pytest.mark.parametrize("architecture", ["", None])
def test_no_architecture(architecture: str | None, store: Store) -> None:
    fields = {"Os": "linux", "Architecture": architecture}
    assert parse_stored("x", "x", fields, store) == Stored("x", None)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Os": "", "Architecture": ""},  # the answer of 29.1.2 for what is not there
        {"Architecture": "arm64"},
        {"Os": 1, "Architecture": "arm64"},
    ],
)
@pytest.mark.parametrize("store", Store)
def test_no_platform(fields: dict[str, Any], store: Store) -> None:
    assert parse_stored("x", "x", fields, store) is None


@pytest.mark.parametrize(
    ("name", "known", "digest"),
    [
        ("host/x:1", [f"host/x@{ONE}"], ONE),
        ("host:5000/x:1", [f"host:5000/x@{ONE}"], ONE),
        ("host:5000/x", [f"host:5000/x@{ONE}"], ONE),
        (f"host/x@{ONE}", [f"host/x@{ONE}"], ONE),
        (f"host/x:1@{ONE}", ["host/y@sha256:2", f"host/x@{ONE}"], ONE),
        ("host/x:1", [f"host/xy@{ONE}", f"host/x/y@{ONE}"], ""),
        ("host:5000/x:1", [f"host@{ONE}"], ""),
        ("host/x:1", [], ""),
        ("host/x:1", None, ""),
        ("host/x:1", [None, 1, "host/x"], ""),
        (ONE, [f"host/x@{ONE}"], ""),
    ],
)
def test_digest(name: str, known: list[Any] | None, digest: str) -> None:
    stored = parse_stored("localhost/kept:1", name, described(RepoDigests=known), Store.CLASSIC)
    assert stored is not None
    assert stored.digest == digest


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(0, json.dumps([{"Os": "linux"}]), ""), {"Os": "linux"}),
        (Answer(0, json.dumps([{"Os": "linux"}, {"Os": "x"}]), ""), {"Os": "linux"}),
        (Answer(1, json.dumps([{"Os": "linux"}]), "Error"), {}),
        (Answer(None, "", "no answer"), {}),
        (Answer(0, "[]", ""), {}),
        (Answer(0, "", ""), {}),
        (Answer(0, "linux/arm64/", ""), {}),
        (Answer(0, "{}", ""), {}),
        (Answer(0, "[null]", ""), {}),
    ],
)
def test_inspect(answer: Answer, found: dict[str, Any]) -> None:
    assert parse_inspect(answer) == found


LOST = "error during connect: Get /x: EOF"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(0, '[{"Id": "1"}, {"Id": "2"}]', ""), {"x:1": {"Id": "1"}, "y:1": {"Id": "2"}}),
        (Answer(1, "[]", "no such image: x:1\nno such image: y:1"), {"x:1": {}, "y:1": {}}),
        # which of them it is, or why there is none, nobody can tell
        (Answer(1, '[{"Id": "1"}]', "no such image: y:1"), None),
        (Answer(0, '[{"Id": "1"}]', ""), None),
        (Answer(1, "[]", "no such image: x:1"), None),
        (Answer(1, "[]", f"{LOST} x:1\nno such image: y:1"), None),
        (Answer(1, "", "unknown"), None),
    ],
)
def test_several(answer: Answer, found: dict[str, Any] | None) -> None:
    assert parse_several(["x:1", "y:1"], answer) == found


def test_each_is_asked_for_where_some_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        ("x:1", "y:1"): Answer(1, '[{"Id": "2"}]', "no such image: x:1"),
        ("x:1",): Answer(1, "[]", "no such image: x:1"),
        ("y:1",): Answer(0, '[{"Id": "2"}]', ""),
    }
    command = ("docker", "image", "inspect")
    reach(monkeypatch, Replay({(*command, *k): told for k, told in answers.items()}))
    assert inspect(Address("docker"), ["x:1", "y:1"]) == {"x:1": {}, "y:1": {"Id": "2"}}


def test_names_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*command: str) -> Answer:
        return Answer(0, json.dumps([described()]), "")

    reach(monkeypatch, ask)
    engine = Engine("docker", Store.CLASSIC, AMD64, ())
    assert [stored.name for stored in look(engine, ["b", "a"], [ARM64])] == ["b", "a"]


@pytest.mark.parametrize(
    ("said", "pulls"),
    [("no such thing", 1), ("502 Bad Gateway", 4), ("toomanyrequests: wait", 4)],
)
def test_pull(said: str, pulls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[tuple[str, ...], str]] = []

    def follow(*command: str, label: str, keep_stdout: bool) -> Answer:
        assert keep_stdout
        asked.append((command, label))
        return Answer(1, "", said)

    monkeypatch.setattr(module, "follow", follow)
    engine = Engine("podman", Store.PODMAN, AMD64, ())
    assert not module.pull(engine, f"{REPOSITORIES}/x@{ONE}", ARM_V7, "x").ok
    command = ("podman", "pull", "--platform=linux/arm/v7", f"{REPOSITORIES}/x@{ONE}")
    assert asked == [(command, "x")] * pulls


ID = "ab12" * 16


@pytest.mark.parametrize(
    ("name", "tags", "is_it"),
    [
        (ID, ["h.io/x:1"], True),
        (f"sha256:{ID}", [], True),
        ("ab12", ["h.io/x:1"], True),
        ("sha256:ab12", None, True),
        ("h.io/x:1", ["h.io/x:1"], False),
        ("ab12", ["localhost/ab12:latest"], False),
        ("ab12", ["h.io:5000/y:1", "ab12:latest"], False),
        ("ab12:1", ["ab12:1"], False),
        ("cd", [], False),
    ],
)
def test_named_by_its_id(name: str, tags: list[str] | None, is_it: bool) -> None:
    assert is_named_by_id(name, {"Id": ID, "RepoTags": tags}) == is_it
    assert is_named_by_id(name, {"Id": f"sha256:{ID}", "RepoTags": tags}) == is_it
    assert not is_named_by_id(name, {})
