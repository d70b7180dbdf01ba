from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.plan.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize(
    ("line", "passes", "told"),
    [("Waiting ...", 0.5, ["Waiting ..."]), ("Waiting ...", 0.0, []), ("", 0.5, [])],
)
def test_a_line_is_told_where_it_takes_long(
    line: str, passes: float, told: Iterable[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with waiting(lambda: line, 0.2):
        time.sleep(passes)
    time.sleep(0.5)
    captured = capsys.readouterr()
    assert (captured.out, captured.err.splitlines()) == ("", list(told))
