from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.logger import Logger
from cibuildwheel.oci.annotations import annotation

if TYPE_CHECKING:
    from cibuildwheel.oci.annotations import Level


@pytest.mark.parametrize(
    ("service", "level", "message", "line"),
    [
        ("github", "error", "a\nb", "::error::cibuildwheel: a%0Ab"),
        ("github", "warning", "100%0A\r\n", "::warning::cibuildwheel: 100%250A%0D%0A"),
        ("github", "notice", "a", "::notice::cibuildwheel: a"),
        ("azure", "error", "a\n50%", "##vso[task.logissue type=error]cibuildwheel: a%0A50%AZP25"),
        ("azure", "warning", "a]", "##vso[task.logissue type=warning]cibuildwheel: a]"),
        ("azure", "notice", "a", ""),
        ("travis", "error", "a", ""),
        ("disabled", "error", "a", ""),
    ],
)
def test_annotation(service: str, level: Level, message: str, line: str) -> None:
    assert annotation(service, level, message) == line


@pytest.mark.parametrize("level", ["error", "warning", "notice"])
@pytest.mark.parametrize("service", ["github", "azure", "disabled"])
def test_a_message_is_told_once(
    service: str, level: Level, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CIBW_LOG_FOLD_MODE", service)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    getattr(Logger(), level)("one\ntwo")
    out, err = capsys.readouterr()
    assert out == ""
    assert (err.count("one"), err.count("two")) == (1, 1)
    first = err.splitlines()[0]
    assert first.startswith(annotation(service, level, "one\ntwo") or "cibuildwheel: ")
