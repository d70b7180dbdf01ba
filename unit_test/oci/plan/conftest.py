from __future__ import annotations

import pytest

from unit_test.oci.plan.world import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """An engine that has nothing, and a registry that offers nothing."""
    made = World()
    made.install(monkeypatch)
    return made
