from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import config
from cibuildwheel.oci.engine import registry as module
from cibuildwheel.oci.engine.clients import clients, is_insecure, reason
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.registry import ask_registry, digest_of, pull_size
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import NoAnswer, NotFound, Obsolete, Offer, Own
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.reference import parse_reference
from tools.images.document import OCI, Entry, Image, index
from unit_test.oci.samples import DOCKERS, ENGINES, PODMANS, Replay, Sample, samples

if TYPE_CHECKING:
    from cibuildwheel.oci.image.offer import Answer as Reply
    from cibuildwheel.oci.wanted.address import EngineName

AMD64 = parse_platform("linux/amd64")
LOOPBACK = ("127.0.0.0/8", "::1/128")
ALL = (
    *("linux/amd64", "linux/386", "linux/arm/v7", "linux/ppc64le", "linux/s390x"),
    *("linux/riscv64", "linux/arm64"),
)
# The lab's images: what each is made as, and the platforms that it offers.
OFFERS = {
    "docker-manifest": (Shape.LEGACY_MANIFEST, ("linux/arm64",)),
    "docker-manifest-variant": (Shape.LEGACY_MANIFEST, ("linux/arm/v7",)),
    "docker-manifest-mislabelled": (Shape.LEGACY_MANIFEST, ("linux/amd64",)),
    "docker-manifest-windows": (Shape.LEGACY_MANIFEST, ("windows/amd64",)),
    "oci-manifest": (Shape.OCI_MANIFEST, ("linux/arm64",)),
    "oci-manifest-variant": (Shape.OCI_MANIFEST, ("linux/arm/v7",)),
    "oci-manifest-no-media-type": (Shape.OCI_MANIFEST, ("linux/arm64",)),
    "docker-list": (Shape.MANIFEST_LIST, ALL),
    "docker-list-one": (Shape.MANIFEST_LIST, ("linux/arm64",)),
    "oci-index": (Shape.OCI_INDEX, ALL),
    "oci-index by digest": (Shape.OCI_INDEX, ALL),
    "oci-index-attested": (Shape.OCI_INDEX, ("linux/arm64",)),
    "oci-index-all-attested": (Shape.OCI_INDEX, ALL),
    "oci-index-lacking": (Shape.OCI_INDEX, ALL[:-1]),
    "oci-index-nested": (Shape.OCI_INDEX, ("linux/arm64",)),
    "oci-index-no-media-type": (Shape.OCI_INDEX, ("linux/amd64", "linux/arm64")),
    "oci-index-no-platform": (Shape.OCI_INDEX, ()),
    "oci-index-respelled": (Shape.OCI_INDEX, ("linux/arm64",)),
    "oci-index-windows": (Shape.OCI_INDEX, ("windows/amd64",)),
    "oci-index-empty": (Shape.OCI_INDEX, ()),
}
SINGLE = {name for name, (shape, _) in OFFERS.items() if "manifest" in shape.value.split(".")[-2]}
SIZES = ("oci-manifest", "oci-index")
MISSING = ("missing tag", "missing repository")
FAILURES = (
    *("unauthorised", "status-401", "status-403", "status-429", "status-500", "status-503"),
    *("html", "nonsense", "other-digest", "registry down"),
)


# Every client of the lab's engines, and what it answers.

PODMAN_TOPICS = {"manifest-inspect"}
TOPICS = (
    *("skopeo-raw", "skopeo-raw-config", "buildx-raw"),
    *("manifest-inspect", "manifest-inspect-verbose"),
)


def answers(engine: str, *, up: bool = True) -> Replay:
    """What the clients on `engine` answered, by what our code asks, the registry up or down."""
    replay: dict[tuple[str, ...], Answer] = {}
    for topic in TOPICS:
        recorded = samples(engine, topic)
        cases = [case for case in recorded if up == (case != "registry down")]
        replay |= {recorded[case].argv: recorded[case].answer for case in cases}
        if topic in {"skopeo-raw", "buildx-raw"} | (PODMAN_TOPICS if engine in PODMANS else set()):
            replay |= inner(recorded)
    for sample in samples(engine, "buildx-json").values() if up else ():
        replay[*sample.argv[:-2], "{{json .Image}}", sample.argv[-1]] = part(sample, "image")
    return Replay(replay | by_digest(engine, replay))


def by_digest(engine: str, replay: dict[tuple[str, ...], Answer]) -> dict[tuple[str, ...], Answer]:
    """The same answers to who names single images by digest, which are those of the documents."""
    documents = samples(engine, "skopeo-raw")
    cases = {*SINGLE, "other-digest"}
    tags = {documents[case].argv[-1].removeprefix("docker://"): case for case in cases}
    return {
        (*argv[:-1], f"{argv[-1].removesuffix(':1')}@{digest_of(document.answer.stdout)}"): answer
        for argv, answer in replay.items()
        if (case := tags.get(argv[-1].removeprefix("docker://"))) and (document := documents[case])
    }


def part(sample: Sample, key: str) -> Answer:
    """What a template for one field would have printed, from what one for all of them did."""
    if not sample.answer.ok:
        return sample.answer
    return Answer(0, json.dumps(json.loads(sample.answer.stdout).get(key)), "")


def inner(recorded: dict[str, Sample]) -> dict[tuple[str, ...], Answer]:
    """The index inside an index, which was not recorded: its digest proves what is made here."""
    if not recorded:
        return {}
    *command, name = recorded["oci-index-nested"].argv
    single = samples(DOCKERS[0], "skopeo-raw")["oci-manifest"].answer.stdout
    nested = index(OCI, [Entry(Image(OCI.manifest, single.encode()), "linux/arm64")])
    assert nested.digest in recorded["oci-index-nested"].answer.stdout
    at = f"{name.rpartition(':')[0]}@{nested.digest}"
    return {(*command, at): Answer(0, nested.data.decode(), "")}


def engine_of(name: str, *, buildx: bool) -> Engine:
    kind: EngineName = "docker" if name in DOCKERS else "podman"
    store = Store.CLASSIC if name in DOCKERS else Store.PODMAN
    # podman's clients know which registries are insecure; the lab told skopeo all the same
    return Engine(kind, store, AMD64, (), buildx=buildx, insecure=LOOPBACK)


CLIENTS = {
    "skopeo": [name for name in ENGINES if samples(name, "skopeo-raw")],
    "buildx": [name for name in ENGINES if samples(name, "buildx-raw")],
    "manifest": ENGINES,
}
EACH = [(client, engine) for client, engines in CLIENTS.items() for engine in engines]


def ask(
    client: str, engine: str, case: str, monkeypatch: pytest.MonkeyPatch, replay: Replay
) -> Reply:
    """What our code understands of a case where `engine` has only the one client."""
    of = engine_of(engine, buildx=client == "buildx")
    topic = {"skopeo": "skopeo-raw", "buildx": "buildx-raw"}.get(client, "manifest-inspect")
    name = samples(engine, topic)[case].argv[-1].removeprefix("docker://")
    monkeypatch.setattr("shutil.which", lambda _: client == "skopeo" or None)
    only, *_ = clients(of, parse_reference(name))
    monkeypatch.setattr(module, "clients", lambda *_: iter([only]))
    monkeypatch.setattr(module, "ask", replay)
    monkeypatch.setattr(config, "ask", replay)
    return ask_registry(of, name)


def understands(client: str, engine: str, case: str) -> bool:
    """Whether a client can tell what the image offers (the facts are those of the samples)."""
    if client != "manifest":
        return True
    shape, _ = OFFERS[case]
    if engine in PODMANS:
        return case not in SINGLE
    if case in {"oci-index-nested", "oci-index-empty"}:
        return False
    return engine != "docker20" or shape in {Shape.LEGACY_MANIFEST, Shape.MANIFEST_LIST}


@pytest.mark.parametrize(("client", "engine"), EACH)
@pytest.mark.parametrize("case", OFFERS)
def test_offers(client: str, engine: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask(client, engine, case, monkeypatch, answers(engine))
    if not understands(client, engine, case):
        assert isinstance(answer, NoAnswer)
        assert answer.reason
        return
    shape, platforms = OFFERS[case]
    if client == "manifest" and engine.startswith(("podman3", "podman4")):
        # what these show is its own reading: a Docker list, with a platform for every entry
        shape = Shape.MANIFEST_LIST
        platforms = platforms if case != "oci-index-no-platform" else ("linux/amd64",)
    assert isinstance(answer, Offer)
    assert (answer.shape, tuple(map(str, answer.platforms))) == (shape, platforms)
    if case in SINGLE:
        (candidate,) = answer.candidates
        document = samples(engine, "skopeo-raw")[case].answer.stdout
        assert candidate.digest == f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"
        assert candidate.size > 100


@pytest.mark.parametrize(("client", "engine"), EACH)
@pytest.mark.parametrize("case", MISSING)
def test_missing(client: str, engine: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask(client, engine, case, monkeypatch, answers(engine))
    # `docker manifest inspect` says so of images that it does not understand as well
    assert isinstance(answer, NoAnswer if client == "manifest" else NotFound)


@pytest.mark.parametrize(("client", "engine"), EACH)
@pytest.mark.parametrize("case", FAILURES)
def test_failures(client: str, engine: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = answers(engine, up=case != "registry down")
    answer = ask(client, engine, case, monkeypatch, replay)
    assert isinstance(answer, NoAnswer)
    assert 10 < len(answer.reason) < 400
    assert "\n" not in answer.reason
    assert "level=fatal" not in answer.reason


@pytest.mark.parametrize(("client", "engine"), EACH)
def test_schema_one(client: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask(client, engine, "schema1", monkeypatch, answers(engine))
    # containerd before 2.0 converts it, which the lab's sample is too poor for
    untold = (client, engine.split("-", maxsplit=1)[0]) == ("buildx", "docker26")
    assert isinstance(answer, NoAnswer if untold else Obsolete)


# Which clients there are, and what they are asked.


def named(engine: Engine, name: str) -> list[str]:
    return [" ".join(client.document) for client in clients(engine, parse_reference(name))]


@pytest.mark.parametrize(
    ("engine", "name", "skopeo", "commands"),
    [
        ("docker", "quay.io/x", False, ["docker manifest inspect"]),
        ("docker", "debian", False, ["docker manifest inspect"]),
        ("docker", "127.0.0.1:5000/x", False, ["docker manifest inspect --insecure"]),
        ("docker", "quay.io/x", True, ["skopeo inspect --raw", "docker manifest inspect"]),
        ("docker", "debian", True, ["skopeo inspect --raw", "docker manifest inspect"]),
        (
            "docker",
            "127.0.0.1:5000/x",
            True,
            ["skopeo inspect --tls-verify=false --raw", "docker manifest inspect --insecure"],
        ),
        (
            "buildx",
            "quay.io/x",
            True,
            [
                "docker buildx imagetools inspect --raw",
                "skopeo inspect --raw",
                "docker manifest inspect",
            ],
        ),
        ("podman", "quay.io/x", False, ["podman manifest inspect"]),
        ("podman", "quay.io/x", True, ["skopeo inspect --raw", "podman manifest inspect"]),
        ("podman", "127.0.0.1:5000/x", True, ["skopeo inspect --raw", "podman manifest inspect"]),
        # podman looks for it where its configuration says, skopeo on Docker Hub
        ("podman", "debian", True, ["podman manifest inspect"]),
    ],
)
def test_clients(
    engine: str, name: str, skopeo: bool, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/skopeo" if skopeo else None)
    of = {
        "docker": Engine("docker", Store.CLASSIC, AMD64, (), insecure=LOOPBACK),
        "buildx": Engine("docker", Store.CONTAINERD, AMD64, (), buildx=True),
        "podman": Engine("podman", Store.PODMAN, AMD64, ()),
    }
    assert named(of[engine], name) == commands


@pytest.mark.parametrize(
    ("name", "insecure", "expected"),
    [
        ("quay.io/x", LOOPBACK, False),
        ("debian", LOOPBACK, False),
        ("pypa/x", ("pypa",), False),
        ("localhost/x", (), True),
        ("localhost:5000/x", (), True),
        ("127.0.0.1:5000/x", LOOPBACK, True),
        ("127.0.0.1/x", LOOPBACK, True),
        ("127.0.0.1:5000/x", (), False),
        ("[::1]:5000/x", LOOPBACK, True),
        ("[::1]/x", LOOPBACK, True),
        ("[fd00::1]/x", LOOPBACK, False),
        ("10.1.2.3:5000/x", ("10.0.0.0/8",), True),
        ("11.1.2.3:5000/x", ("10.0.0.0/8",), False),
        ("registry:5000/x", ("registry:5000",), True),
        ("registry:5001/x", ("registry:5000",), False),
        ("registry.local/x", ("registry.local",), True),
        ("127.0.0.1:5000/x", ("nonsense/nonsense", "127.0.0.0/8"), False),
    ],
)
def test_insecure(name: str, insecure: tuple[str, ...], expected: bool) -> None:
    assert is_insecure(parse_reference(name), insecure) == expected


def test_the_next_client_is_asked_where_one_has_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = samples(DOCKERS[0], "skopeo-raw")["oci-index"].answer
    replay = Replay(
        {
            ("docker", "buildx", "imagetools", "inspect", "--raw", "h.io/x"): Answer(1, "", "no"),
            ("skopeo", "inspect", "--raw", "docker://h.io/x"): document,
        }
    )
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(module, "ask", replay)
    engine = Engine("docker", Store.CLASSIC, AMD64, (), buildx=True)
    assert isinstance(ask_registry(engine, "h.io/x"), Offer)
    assert len(replay.asked) == 2


def test_pull_size_is_told_by_the_first_client_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = {name: samples(DOCKERS[0], "skopeo-raw")[name].answer for name in SIZES}
    replay = Replay(
        {
            ("docker", "buildx", "imagetools", "inspect", "--raw", "h.io/x"): Answer(0, "<p>", ""),
            ("skopeo", "inspect", "--raw", "docker://h.io/x"): recorded["oci-manifest"],
            ("docker", "buildx", "imagetools", "inspect", "--raw", "h.io/y"): Answer(1, "", "no"),
            ("skopeo", "inspect", "--raw", "docker://h.io/y"): recorded["oci-index"],
            ("docker", "manifest", "inspect", "h.io/y"): Answer(1, "", "no"),
        }
    )
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(module, "ask", replay)
    engine = Engine("docker", Store.CLASSIC, AMD64, (), buildx=True)
    layers = json.loads(recorded["oci-manifest"].stdout)["layers"]
    assert pull_size(engine, "h.io/x") == sum(layer["size"] for layer in layers) > 0
    assert pull_size(engine, "h.io/y") == 0


def test_all_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine("docker", Store.CLASSIC, AMD64, (), buildx=True)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(module, "ask", lambda *command: Answer(1, "", f"no {command[1]}"))
    assert ask_registry(engine, "quay.io/x") == NoAnswer(
        "docker buildx imagetools: no buildx; skopeo: no inspect; docker manifest: no manifest"
    )


def test_no_reference_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ask", Replay({}))
    answer = ask_registry(Engine("docker", Store.CLASSIC, AMD64, ()), "1" * 64)
    assert isinstance(answer, NoAnswer)
    assert "is not an image reference" in answer.reason


def test_a_digest_goes_without_its_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = f"sha256:{'1' * 64}"
    replay = Replay({("podman", "manifest", "inspect", f"h.io/x@{digest}"): Answer(1, "", "")})
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(module, "ask", replay)
    answer = ask_registry(Engine("podman", Store.PODMAN, AMD64, ()), f"h.io/x:1@{digest}")
    assert answer == NoAnswer("podman manifest: no message, return code 1")


def test_a_nested_index_that_cannot_be_read_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = next(name for name in DOCKERS if samples(name, "skopeo-raw"))
    replay = answers(engine)
    for command in [c for c in replay.answers if "-nested@" in c[-1]]:
        replay.answers[command] = Answer(1, "", "time-out")
    answer = ask("skopeo", engine, "oci-index-nested", monkeypatch, replay)
    assert isinstance(answer, NoAnswer)
    assert answer.reason.endswith("inside it can't be read: time-out")


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("ERROR: x: not found\n", "ERROR: x: not found"),
        ('time="2026-11-22T22:06:50Z" level=fatal msg="Error \\"x\\": y"\n', 'Error "x": y'),
        ("1\n" + "2" * 1000, "..." + "2" * 300),
        ("", "no message, return code 1"),
    ],
)
def test_reason(stderr: str, said: str) -> None:
    assert reason(Answer(1, "", stderr)) == said


def test_digest_of_exact_bytes() -> None:
    digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of("") == digest
    assert digest_of("\r\n") != digest_of("\n")


@pytest.mark.parametrize(
    ("config", "answered"), [("{}", Offer), ("null", NoAnswer), ('{"os": "linux"}', Offer)]
)
def test_a_config_without_a_platform(
    config: str, answered: type[Offer | NoAnswer], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ENGINES[0]
    replay = answers(engine)
    for argv in replay.answers:
        if "--config" in argv:
            replay.answers[argv] = Answer(0, config, "")
    answer = ask("skopeo", engine, "oci-manifest", monkeypatch, replay)
    assert isinstance(answer, answered)
    if isinstance(answer, Offer):
        assert answer.platforms == ()
        assert [candidate.own for candidate in answer.candidates] == [Own()]
    else:
        assert "config" in answer.reason
