"""One short run of the benchmark, with what has to hold on a machine however busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.benchmark.__main__ import compare
from tools.benchmark.cases import CASES
from tools.benchmark.page import page
from tools.benchmark.results import load, save
from tools.lab.generation import Generation

if TYPE_CHECKING:
    from pathlib import Path

    from tools.lab.engine import Engine

pytestmark = pytest.mark.default_engines("docker26")


@pytest.mark.alone
def test_the_fork_starts_less_in_a_container(engine: Engine, tmp_path: Path) -> None:
    if not isinstance(engine, Generation):
        pytest.skip("the benchmark runs on the lab's engines")
    result = compare(engine, CASES["overhead"], "linux/amd64", 1)
    (fork,), (upstream,) = result.fork, result.other
    assert fork.processes < upstream.processes / 2
    assert fork.seconds["identifier"] < upstream.seconds["identifier"]
    for sample in (fork, upstream):
        parts = [seconds for name, seconds in sample.seconds.items() if name != "whole"]
        assert all(seconds > 0 for seconds in parts)
        assert sum(parts) <= sample.seconds["whole"] + 9 * sample.seconds["identifier"]
    file = tmp_path / "performance.json"
    save([result], file)
    assert load(file) == [result]
    assert "| identifier | " in page(load(file), file.name)
    assert engine.run("ps", "--all", "--quiet") == ""
