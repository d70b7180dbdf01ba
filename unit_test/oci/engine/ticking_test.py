from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.ticking import ticking, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def test_what_takes_long_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    with ticking("Pulling x:1", 0.05):
        time.sleep(0.3)
    said = capsys.readouterr().err
    assert "Pulling x:1 (0 seconds so far) ..." in said
    time.sleep(0.2)
    assert capsys.readouterr().err == ""


def test_what_is_quick_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with ticking("Pulling x:1", 60):
        pass
    assert list(told([b"a", b"b"], "Copying x", 60)) == [b"a", b"b"]
    assert capsys.readouterr().err == ""


def test_so_much_of_a_copy(capsys: pytest.CaptureFixture[str]) -> None:
    def slow() -> Iterator[bytes]:
        for _ in range(3):
            time.sleep(0.06)
            yield bytes(2_000_000)

    assert sum(map(len, told(slow(), "Copying x", 0.1))) == 6_000_000
    assert "Copying x: 4 MB so far ..." in capsys.readouterr().err
