from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import start as module
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.start import await_start
from cibuildwheel.oci.wanted.address import Address

if TYPE_CHECKING:
    from collections.abc import Callable

UP = Answer(0, "", "")
REFUSED = Answer(1, "", "Cannot connect to the Docker daemon at tcp://docker:2375. Is it running?")
NO_HOST = Answer(1, "", "error during connect: dial tcp: lookup docker: no such host")


def asked(*answers: Answer) -> tuple[Callable[..., Answer], list[tuple[str, ...]]]:
    """An engine that answers so, the last time and again, and what it was asked."""
    seen: list[tuple[str, ...]] = []

    def ask(*command: str) -> Answer:
        seen.append(command)
        return answers[min(len(seen), len(answers)) - 1]

    return ask, seen


@pytest.mark.parametrize(
    ("host", "answers", "questions"),
    [
        ("", [REFUSED], 0),
        ("tcp://docker:2375", [UP], 1),
        ("tcp://docker:2375", [REFUSED, REFUSED, UP], 3),
        ("tcp://docker:2375", [REFUSED, NO_HOST], 2),
        ("ssh://there", [REFUSED], 0),
    ],
)
def test_await_start(
    host: str, answers: list[Answer], questions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, seen = asked(*answers)
    monkeypatch.setattr(module, "ask", ask)
    monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setenv("DOCKER_HOST", host)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    await_start(Address("docker"))
    assert len(seen) == questions


def test_a_context_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ask", None)
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker:2375")
    await_start(Address("docker", "arm"))


def test_the_default_context_is_where_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ask, seen = asked(REFUSED, UP)
    monkeypatch.setattr(module, "ask", ask)
    monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker:2375")
    await_start(Address("docker", "default"))
    assert seen == [("docker", "--context=default", "version")] * 2


def test_there_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ask, _ = asked(REFUSED)
    monkeypatch.setattr(module, "ask", ask)
    monkeypatch.setattr(module, "PAUSE", 0.01)
    monkeypatch.setattr(module, "START_SECONDS", 0.1)
    monkeypatch.setenv("DOCKER_HOST", "tcp://docker:2375")
    begin = time.monotonic()
    await_start(Address("docker"))
    assert 0.1 <= time.monotonic() - begin < 10
