"""Each reported case has its one right outcome, and is in none worse than the release was.

By default every second case of a kind is run on one of the engines that it is of, and with
`--engine` or `-k`, which takes names of cases, each that is meant; with `--all` each on all of its
engines. With `--all` the results are written to docs/reported.json, and the page beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.lab import prerequisites
from tools.lab.lab import temporary_lab
from tools.lab.plugin import parameters_of, some_of
from tools.lab.specs import SPECS
from tools.matrix.subject import ours
from tools.reported.cases import QUICK, ROWS
from tools.reported.page import page
from tools.reported.rank import is_worse
from tools.reported.results import DOCS, FILES, Results, load, save
from tools.reported.row import ENGINES
from tools.reported.together import run_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.reported.results import Key, Result
    from tools.reported.row import Row

ENGINES_AT_ONCE = 3


def chosen(row: Row, config: pytest.Config) -> list[str]:
    """The engines that `row` is run on: not to depend on what other rows there are."""
    named = config.getoption("--engine")
    lab = SPECS if not named or "lab" in named else ()
    engines = [e for e in row.engines if e in lab or (named and e in named)]
    every = config.getoption("--all")
    if not (every or named or config.getoption("-k") or row.name in QUICK):
        return []
    if every or len(engines) < 2:
        return engines
    return some_of(engines, row.name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "key" in metafunc.fixturenames:
        keys = [(n, engine) for n, row in ROWS.items() for engine in chosen(row, metafunc.config)]
        # as of one file, not of its engine: all are run together, by one process
        metafunc.parametrize("key", keys, ids=[f"{name} on {engine}" for name, engine in keys])


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> Iterator[dict[Key, Result]]:
    """What came of all cases that are to be run, which are run together."""
    if why := prerequisites.missing():
        pytest.skip(why)
    keys = [
        parameters["key"]
        for parameters in map(parameters_of, request.session.items)
        if "key" in parameters
    ]
    wanted = {e: [ROWS[name] for name, engine in keys if engine == e] for e in ENGINES}
    with temporary_lab() as lab:
        came = Results()
        for result in run_all(lab, ours(), wanted, ENGINES_AT_ONCE):
            came.add(result)
    yield came.cells
    if request.config.getoption("--all"):
        kept = load(FILES["fork"])
        kept.cells |= came.cells
        save(kept, FILES["fork"])
        (DOCS / "reported.md").write_text(page(kept, load(FILES["upstream"])))


@pytest.fixture(scope="module")
def release() -> Results:
    """What the unmodified release did."""
    return load(FILES["upstream"])


# The first case waits for all.
@pytest.mark.timeout(7200)
@pytest.mark.alone
def test_case(key: Key, results: dict[Key, Result], release: Results) -> None:
    result = results[key]
    assert result.right, result
    assert not is_worse(result.rank, release.cells[key].rank), result
