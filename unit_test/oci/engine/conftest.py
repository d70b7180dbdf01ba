from __future__ import annotations

import pytest

from cibuildwheel.oci.engine.process import interrupted


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be waited before something is tried again; none pass."""
    seconds: list[float] = []

    def wait(more: float) -> bool:
        seconds.append(more)
        return interrupted.is_set()

    monkeypatch.setattr(interrupted, "wait", wait)
    return seconds
