"""How long a question for a registry takes at most, and what its answer is worth."""

from __future__ import annotations

import pytest

from cibuildwheel.oci.engine import registry as module
from cibuildwheel.oci.engine.bound import left
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.registry import QUESTION_SECONDS, ask_registry, pull_size
from cibuildwheel.oci.image.offer import NoAnswer, NotFound, Offer
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.reference import DOCKER_HUB
from unit_test.oci.samples import DOCKERS, samples

AMD64 = parse_platform("linux/amd64")
DIGEST = f"sha256:{'1' * 64}"


def docker(*mirrored: str) -> Engine:
    return Engine("docker", Store.CLASSIC, AMD64, (), buildx=True, mirrored=mirrored)


@pytest.fixture(autouse=True)
def no_skopeo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)


@pytest.mark.parametrize(
    ("mirrored", "name", "answered"),
    [
        (DOCKER_HUB, "x", NoAnswer),
        (DOCKER_HUB, "docker.io/library/x", NoAnswer),
        (DOCKER_HUB, "h.io/x", NotFound),
        (("*.h.io",), "a.h.io/x", NoAnswer),
        (("*.h.io",), "h.io/x", NotFound),
        ((), "x", NotFound),
    ],
)
def test_not_found_says_nothing_where_the_engine_has_a_mirror(
    mirrored: tuple[str, ...],
    name: str,
    answered: type[NoAnswer | NotFound],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "ask", lambda *_: Answer(1, "", f"ERROR: {name}: not found"))
    answer = ask_registry(docker(*mirrored), name)
    assert isinstance(answer, answered)
    assert ("docker has a mirror for it" in answer.reason) == (answered is NoAnswer)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("h.io/x", "ERROR: unexpected status from HEAD request to http://h.io: 502 Bad Gateway"),
        # a connection that was reset, as the buildx of Docker 28 tells it
        (f"h.io/x@{DIGEST}", f"ERROR: h.io/x@{DIGEST}: not found"),
    ],
)
def test_what_passes_is_asked_again(
    name: str, first: str, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = samples(DOCKERS[0], "skopeo-raw")["oci-index"].answer
    answers = iter([Answer(1, "", first), document])
    monkeypatch.setattr(module, "ask", lambda *_: next(answers))
    assert isinstance(ask_registry(docker(), name), Offer)
    assert len(waited) == 1


def test_not_found_again_and_again_is_not_found(
    waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"h.io/x@{DIGEST}"
    monkeypatch.setattr(module, "ask", lambda *_: Answer(1, "", f"ERROR: {name}: not found"))
    assert isinstance(ask_registry(docker(), name), NotFound)
    assert len(waited) == 2


def test_a_whole_question_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[float] = []

    def ask(*_: str) -> Answer:
        bounds.append(left())
        return Answer(1, "", "no")

    monkeypatch.setattr(module, "ask", ask)
    ask_registry(docker(), "h.io/x")
    pull_size(docker(), "h.io/x")
    assert len(bounds) == 4
    assert max(bounds) <= QUESTION_SECONDS
