"""What manifests say themselves, with what the clients of the lab's engines answered of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import config as module
from cibuildwheel.oci.engine import registry
from cibuildwheel.oci.engine.bound import left
from cibuildwheel.oci.engine.clients import Client
from cibuildwheel.oci.engine.config import own_in, read_own
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.minimum import numbers_of
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.registry import QUESTION_SECONDS, look_closer
from cibuildwheel.oci.engine.unpack import own_of, unpacks_zstd
from cibuildwheel.oci.image.manifest import MANIFESTS, Manifest, Shape
from cibuildwheel.oci.image.offer import Candidate, Flaw, Own
from cibuildwheel.oci.image.stored import Stored
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.reference import DOCKER_HUB
from unit_test.oci.samples import DOCKERS, ENGINES, Replay, samples

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName
    from cibuildwheel.oci.wanted.platform import Platform

AMD64, ARM64 = map(parse_platform, ("linux/amd64", "linux/arm64"))
LEGACY, OCI = MANIFESTS
DIGEST = f"sha256:{'1' * 64}"
NAME = f"h.io/x@{DIGEST}"
SKOPEO = Client(
    ("skopeo", "inspect", "--tls-verify=false", "--raw"),
    ("skopeo", "inspect", "--tls-verify=false", "--raw", "--config"),
    prefix="docker://",
)
BUILDX = Client(
    ("docker", "buildx", "imagetools", "inspect", "--raw"),
    ("docker", "buildx", "imagetools", "inspect", "--format", "{{json .Image}}"),
)
MANIFEST = Client(
    ("docker", "manifest", "inspect", "--insecure"),
    ("docker", "manifest", "inspect", "--insecure", "--verbose"),
    exact=False,
)
CLIENTS = {"skopeo": SKOPEO, "buildx": BUILDX, "manifest": MANIFEST}
# What is said of the lab's manifests: the label, and what is wrong, by the name of the case.
TOLD = {
    "right": Own(ARM64),
    "of Docker": Own(ARM64),
    "labelled otherwise": Own(AMD64),
    "no label": Own(),
    "no image": Own(flaw=Flaw.NO_IMAGE),
    "zstd": Own(ARM64),
    "zstd of Docker": Own(ARM64),
    "gone": Own(flaw=Flaw.GONE),
    "config gone": Own(flaw=Flaw.GONE),
}


def engine_of(name: str) -> Engine:
    kind: EngineName = "docker" if name in DOCKERS else "podman"
    about = samples(name, "about")["version"].answer.stdout
    client = numbers_of(json.loads(about)["Client"]["Version"])
    store = Store.PODMAN
    if kind == "docker":
        store = Store.CONTAINERD if "containerd" in name else Store.CLASSIC
    return Engine(kind, store, AMD64, client, daemon=client)


def listed(engine: str, client: str, case: str) -> tuple[str, Candidate]:
    """The name of a case, and what an index says of it."""
    name = samples(engine, "own")[f"{client}: {case}"].argv[-1].removeprefix("docker://")
    shape = LEGACY if "Docker" in case else OCI
    return name, Candidate(ARM64, name.partition("@")[2], shape=shape)


def documents(name: str) -> dict[tuple[str, ...], Answer]:
    """The manifests of the lab, which `docker manifest inspect --verbose` shows as they are."""
    raw = {}
    for case in TOLD:
        described = samples("docker28", "own")[f"manifest: {case}"].answer
        if described.ok:
            fields = json.loads(described.stdout)
            digest = fields["Descriptor"]["digest"]
            inner = fields.get("OCIManifest") or fields.get("SchemaV2Manifest")
            at = f"{name.partition('@')[0]}@{digest}"
            for client in CLIENTS.values():
                command = (*client.document, f"{client.prefix}{at}")
                raw[command] = Answer(0, json.dumps(inner), "")
    return raw


EACH = [(engine, *case.split(": ")) for engine in ENGINES for case in samples(engine, "own")]


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, Platform]:
    """What the engine has by the digest of a config: nothing, unless a test says so."""
    has: dict[str, Platform] = {}

    def look(_: Engine, names: list[str], __: object) -> tuple[Stored, ...]:
        return tuple(Stored(name, has[name]) for name in names if name in has)

    monkeypatch.setattr(module, "look", look)
    return has


@pytest.mark.parametrize(("engine", "client", "case"), EACH)
def test_what_clients_tell(
    engine: str, client: str, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = engine_of(engine)
    name, candidate = listed(engine, client, case)
    recorded = {sample.argv: sample.answer for sample in samples(engine, "own").values()}
    monkeypatch.setattr(module, "ask", Replay(recorded | documents(name)))
    found = read_own(of, name, candidate, [CLIENTS[client]])
    expected: Own | None = TOLD[case]
    if "zstd" in case and not unpacks_zstd(of, candidate.shape):
        expected = Own(ARM64, Flaw.PACKED)
    if client == "manifest" and (
        case in {"gone", "config gone"} or (engine == "docker20" and candidate.shape is OCI)
    ):
        expected = None  # it says the same of other failures
    if client == "skopeo" and case == "zstd of Docker" and engine != "docker28":
        # it tells no config, so that only what the engine can't unpack either is known
        fits = engine.startswith(("docker28", "podman5.8"))
        expected = TOLD[case] if fits else expected and replace(expected, label=None)
        if unpacks_zstd(of, LEGACY) and not fits:
            expected = None
    assert found.own == expected
    assert found.doubtful == (case == "no image" and expected is not None)


# What is asked, and of whom.


class Asked(list[tuple[str, ...]]):
    """Answers from a table by the first words that fit, and keeps what was asked."""

    def __init__(self, *answers: tuple[str, Answer]) -> None:
        super().__init__()
        self.answers = answers

    def __call__(self, *command: str) -> Answer:
        self.append(command)
        said = " ".join(command)
        return next(answer for words, answer in self.answers if words in said)


def config(**fields: str) -> Answer:
    return Answer(0, json.dumps({"os": "linux", **fields}), "")


def document(layer: str = "gzip", config: str = "", shape: Shape = OCI) -> Answer:
    fields = {
        "mediaType": shape.value,
        "config": {"digest": DIGEST, "mediaType": config},
        "layers": [{"mediaType": layer, "size": 7}],
    }
    return Answer(0, json.dumps(fields), "")


NO = Answer(1, "", "no")
DOCKER = Engine("docker", Store.CLASSIC, AMD64, (26, 1), daemon=(26, 1))
OLD = Engine("docker", Store.CLASSIC, AMD64, (20, 10), daemon=(20, 10))
PODMAN = Engine("podman", Store.PODMAN, AMD64, (5, 4), daemon=(5, 4))


@pytest.mark.parametrize(
    ("engine", "shape", "thorough", "label", "asked"),
    [
        (DOCKER, OCI, False, "arm64", 1),
        (DOCKER, OCI, True, "arm64", 2),
        (DOCKER, OCI, False, "", 2),  # it may be no image
        (OLD, OCI, False, "arm64", 2),  # it may not unpack the layers
        (PODMAN, OCI, False, "arm64", 1),
        (PODMAN, LEGACY, False, "arm64", 2),
    ],
)
def test_no_more_is_read_than_is_needed(
    engine: Engine,
    shape: Shape,
    thorough: bool,
    label: str,
    asked: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = Asked(("--config", config(architecture=label)), ("--raw", document(shape=shape)))
    monkeypatch.setattr(module, "ask", ask)
    candidate = Candidate(ARM64, DIGEST, shape=shape)
    found = read_own(engine, NAME, candidate, [SKOPEO], thorough=thorough)
    assert len(ask) == asked
    assert found.own == Own(ARM64 if label else None)
    assert found.size == (7 if asked == 2 else 0)


@pytest.mark.parametrize(
    ("engine", "shape", "first"),
    [
        (DOCKER, OCI, "docker manifest inspect"),
        (OLD, LEGACY, "docker manifest inspect"),
        (OLD, OCI, "docker buildx imagetools inspect"),
    ],
)
def test_who_is_asked_first(
    engine: Engine, shape: Shape, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Asked(("", NO))
    monkeypatch.setattr(module, "ask", ask)
    candidate = Candidate(ARM64, DIGEST, shape=shape)
    assert read_own(engine, NAME, candidate, [BUILDX, SKOPEO, MANIFEST]) == candidate
    assert " ".join(ask[0]).startswith(first)


@pytest.mark.parametrize("told", ["", "<html>", "null", "[]"])
def test_what_is_no_config_tells_nothing(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ask", Asked(("", Answer(0, told, ""))))
    candidate = Candidate(ARM64, DIGEST)
    assert read_own(DOCKER, NAME, candidate, [SKOPEO, BUILDX]) == candidate


def test_a_manifest_that_cannot_be_read_leaves_it_open_what_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ask", Asked(("--config", Answer(0, "{}", "")), ("--raw", NO)))
    candidate = Candidate(ARM64, DIGEST)
    assert read_own(DOCKER, NAME, candidate, [SKOPEO]) == candidate


def test_another_digest_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = samples("docker28", "own")["manifest: right"]
    monkeypatch.setattr(module, "ask", Asked(("", sample.answer)))
    candidate = Candidate(ARM64, DIGEST)
    assert read_own(DOCKER, NAME, candidate, [MANIFEST]) == candidate


def test_what_passes_is_asked_again(waited: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Answer(1, "", f"ERROR: {NAME}: not found"), config(architecture="arm64")])
    monkeypatch.setattr(module, "ask", lambda *_: next(answers))
    assert read_own(DOCKER, NAME, Candidate(ARM64, DIGEST), [BUILDX]).own == Own(ARM64)
    assert len(waited) == 1


@pytest.mark.parametrize(
    ("mirrored", "name", "gone"),
    [((), "x", True), (DOCKER_HUB, "h.io/x", True), (DOCKER_HUB, "x", False)],
)
def test_a_mirror_may_have_what_is_gone(
    mirrored: tuple[str, ...], name: str, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "clients", lambda *_: iter([SKOPEO]))
    monkeypatch.setattr(module, "ask", Asked(("", Answer(1, "", "manifest unknown"))))
    engine = replace(DOCKER, mirrored=mirrored)
    candidate = Candidate(ARM64, DIGEST)
    found = look_closer(engine, f"{name}:1", candidate, thorough=False)
    assert found == (replace(candidate, own=Own(flaw=Flaw.GONE)) if gone else candidate)


def test_a_closer_look_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[float] = []

    def ask(*_: str) -> Answer:
        bounds.append(left())
        return NO

    monkeypatch.setattr(registry, "clients", lambda *_: iter([SKOPEO, BUILDX]))
    monkeypatch.setattr(module, "ask", ask)
    look_closer(DOCKER, "h.io/x:1", Candidate(ARM64, DIGEST), thorough=False)
    assert len(bounds) == 2
    assert max(bounds) <= QUESTION_SECONDS


# What engines unpack.


@pytest.mark.parametrize(
    ("store", "daemon", "shapes"),
    [
        (Store.CLASSIC, (20, 10, 24), ()),
        (Store.CLASSIC, (23, 0), MANIFESTS),
        (Store.CLASSIC, (28, 5), MANIFESTS),
        # podman that is talked to as Docker, and what tells no version
        (Store.CLASSIC, (4, 9), MANIFESTS),
        (Store.CLASSIC, (), MANIFESTS),
        (Store.CONTAINERD, (26, 1), (OCI,)),
        (Store.CONTAINERD, (28, 5), MANIFESTS),
        (Store.PODMAN, (4, 3), (OCI,)),
        (Store.PODMAN, (5, 6), (OCI,)),
        (Store.PODMAN, (5, 8), MANIFESTS),
    ],
)
def test_who_unpacks_zstd(store: Store, daemon: tuple[int, ...], shapes: tuple[Shape, ...]) -> None:
    engine = Engine("docker", store, AMD64, (), daemon=daemon)
    assert tuple(shape for shape in MANIFESTS if unpacks_zstd(engine, shape)) == shapes


@pytest.mark.parametrize(
    ("label", "manifest", "own"),
    [
        (ARM64, None, Own(ARM64)),
        (None, None, Own()),
        (ARM64, Manifest(OCI, DIGEST, 1, doubtful=True), Own(ARM64)),
        (None, Manifest(OCI, DIGEST, 1, doubtful=True), Own(flaw=Flaw.NO_IMAGE)),
        (ARM64, Manifest(OCI, DIGEST, 1, zstd=True), Own(ARM64, Flaw.PACKED)),
    ],
)
def test_own(label: None, manifest: Manifest | None, own: Own) -> None:
    assert own_of(OLD, label, manifest) == own


@pytest.mark.parametrize(
    ("engine", "label", "own"),
    [
        (OLD, ARM64, Own(ARM64)),
        (OLD, None, Own(ARM64)),  # as the engine knows it
        (DOCKER, ARM64, Own(ARM64)),
        # it is not known to have it by that
        (replace(OLD, store=Store.CONTAINERD), ARM64, Own(ARM64)),
        (PODMAN, ARM64, Own(ARM64, Flaw.PACKED)),
    ],
)
def test_what_an_engine_has_need_not_be_unpacked(
    engine: Engine, label: Platform | None, own: Own, stored: dict[str, Platform]
) -> None:
    manifest = Manifest(LEGACY, DIGEST, 1, zstd=True)
    if engine is OLD:
        assert own_in(engine, label, manifest).flaw is Flaw.PACKED
    stored[DIGEST] = ARM64
    assert own_in(engine, label, manifest) == own
