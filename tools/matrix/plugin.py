"""Pytest options that choose cells of the matrix, and the report of those that were run.

A test that takes `case` and `result` is run once for each cell.
"""

import platform
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.images.ports import PLATFORMS
from tools.lab import handlers
from tools.lab import plugin as lab
from tools.lab.engine import Engine
from tools.matrix.cases import SHAPE_NAMES, STATES, Case, cases
from tools.matrix.prepare import why_not
from tools.matrix.results import PYTHON, Result, Results, beside, key_of, load, merged, save
from tools.matrix.run import run
from tools.matrix.select import SELECTIONS, Cell
from tools.matrix.subject import ours

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "build/matrix/matrix.json"
UPSTREAM = ROOT / "docs/matrix-upstream.json"
"""What is kept of the unmodified release."""

_chosen = pytest.StashKey[set[Cell]]()
_results = pytest.StashKey[Results]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--platform`, `--shape`, `--state`, `--all`, `--official` and `--report`."""
    add = parser.getgroup("matrix").addoption
    add("--platform", action="append", choices=PLATFORMS, help="cells of PLATFORM only")
    add("--shape", action="append", choices=SHAPE_NAMES, help="cells of SHAPE only")
    add("--state", action="append", choices=STATES, help="cells of STATE only")
    add("--all", action="store_true", help="every cell and every build, not a selection of them")
    add("--official", action="store_true", help="the official images, too: needs a network")
    add("--report", type=Path, default=REPORT, help="write results to this JSON and a page beside")


def pytest_configure(config: pytest.Config) -> None:
    """Begin a report; register the marker."""
    command = f"python -m pytest {shlex.join(config.invocation_params.args)}"
    config.stash[_results] = Results([command], {PYTHON: platform.python_version()})
    config.addinivalue_line("markers", "matrix: cells of the matrix")
    config.addinivalue_line("markers", "builds: wheels of real projects")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the test its cases; those that an engine is not chosen for are deselected later."""
    if "case" not in metafunc.fixturenames:
        return
    config = metafunc.config
    universe = cases(
        config.getoption("--state") or STATES,
        config.getoption("--shape") or SHAPE_NAMES,
        config.getoption("--platform") or PLATFORMS,
    )
    cells = [
        (engine, case) for engine in lab.chosen(config) for case in universe if not why_not(case)
    ]
    select = SELECTIONS["all" if config.getoption("--all") else "few"]
    chosen = dict.fromkeys(select(cells))
    config.stash[_chosen] = set(chosen)
    metafunc.parametrize("case", dict.fromkeys(case for _, case in chosen), ids=str)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cells that were not chosen."""
    chosen = config.stash.get(_chosen, None)
    if chosen is None:
        return
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        cell = _cell(item)
        (kept if cell is None or cell in chosen else out).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=out)


def _cell(item: pytest.Item) -> Cell | None:
    parameters = lab.parameters_of(item)
    case = parameters.get("case")
    return (parameters["running_engine"], case) if isinstance(case, Case) else None


@pytest.fixture(scope="session")
def result_of(
    request: pytest.FixtureRequest, running_engine: Engine
) -> Iterator[Callable[[Case], Result]]:
    """Give what came of a case on the engine; all that are to be run on it are run together.

    When it is done with them the report is written, so a run that is ended keeps those before.
    """
    cells = filter(None, map(_cell, request.session.items))
    chosen = [c for e, c in cells if e == running_engine.name and not handlers.lacking(c.platform)]
    results = request.config.stash[_results]
    results.versions[running_engine.name] = running_engine.version
    subject = ours()
    results.versions[subject.name] = subject.version()
    coming = run(running_engine, subject, chosen)

    def result_of(case: Case) -> Result:
        key = key_of(subject.name, running_engine.name, case)
        if key not in results.cells:
            for came in coming:  # all: between two tests another process may have the machine alone
                results.add(came)
        if key not in results.cells:
            pytest.fail("not run: an earlier cell of this engine brought the run to its end")
        return results.cells[key]

    yield result_of
    if (target := _report(request.config)) and results.cells:
        target.parent.mkdir(parents=True, exist_ok=True)
        save(results, target)
    coming.close()


def _report(config: pytest.Config) -> Path | None:
    """Where results are written: nowhere by one of several processes, which has not all of them."""
    return None if hasattr(config, "workerinput") else config.getoption("--report")


@pytest.fixture
def result(case: Case, result_of: Callable[[Case], Result]) -> Result:
    """What came of `case` on the engine."""
    if why := handlers.lacking(case.platform):
        pytest.skip(f"{case.platform}: {why}")
    return result_of(case)


@pytest.hookimpl(trylast=True)  # when fixtures are done, whatever has ended the run
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the page of the cells that were run, and of the unmodified release in the same."""
    results = session.config.stash[_results]
    if (source := _report(session.config)) and results.cells:
        from tools.matrix.report import write  # noqa: PLC0415 - takes 0.6 s to import

        both = merged([results, beside(results, load(UPSTREAM))])
        write(both, source.with_suffix(".md"), [source, UPSTREAM])
