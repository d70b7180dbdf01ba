from __future__ import annotations

import pytest

from cibuildwheel.oci.engine.docker_config import checks_signatures


@pytest.mark.parametrize(
    ("value", "checks"),
    [
        *((off, False) for off in ("", "0", "f", "F", "false", "False", "FALSE")),
        # the client takes what it can't read for yes
        *((on, True) for on in ("1", "t", "true", "TRUE", "yes", "on", "off")),
    ],
)
def test_signatures(value: str, *, checks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTENT_TRUST", value)
    assert checks_signatures() == checks


def test_no_signatures_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_CONTENT_TRUST", raising=False)
    assert not checks_signatures()
