from __future__ import annotations

import pytest

from cibuildwheel.oci.engine import lists
from cibuildwheel.oci.engine.process import Answer, interrupted


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be waited before something is tried again; none pass."""
    seconds: list[float] = []

    def wait(more: float) -> bool:
        seconds.append(more)
        return interrupted.is_set()

    monkeypatch.setattr(interrupted, "wait", wait)
    return seconds


@pytest.fixture(autouse=True)
def _no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Podman has no list of its own, unless a test says so."""
    monkeypatch.setattr(lists, "ask", lambda *_: Answer(1, "", ""))
