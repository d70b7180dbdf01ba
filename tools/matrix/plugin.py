"""Pytest options that choose cells of the matrix.

A test that takes `case` and `engine` is run once for each cell.
"""

import pytest

from tools.images.ports import PLATFORMS
from tools.lab import plugin as lab
from tools.matrix.cases import SHAPE_NAMES, STATES, Case, cases
from tools.matrix.prepare import why_not
from tools.matrix.select import Cell, selection

_chosen = pytest.StashKey[set[Cell]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--platform`, `--shape`, `--state` and `--all`."""
    add = parser.getgroup("matrix").addoption
    add("--platform", action="append", choices=PLATFORMS, help="cells of PLATFORM only")
    add("--shape", action="append", choices=SHAPE_NAMES, help="cells of SHAPE only")
    add("--state", action="append", choices=STATES, help="cells of STATE only")
    add("--all", action="store_true", help="every cell, not a selection of them")


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
    chosen = dict.fromkeys(cells if config.getoption("--all") else selection(cells))
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
    called = getattr(item, "callspec", None)
    parameters = called.params if called else {}
    case = parameters.get("case")
    return (parameters["running_engine"], case) if isinstance(case, Case) else None
