"""Pytest fixtures for engines: those of the lab, and those of this machine.

A test that takes `engine` runs on each engine that `--engine` names. If none is named it runs on
all of the lab, or on those that its marker `default_engines` names. With the marker `spread` each
of its cases runs by default on a few of them only, always the same.

Tests may be run side by side, with `-n auto`: those of one engine, and else those of one file, by
one process. A test with the marker `alone` has the machine for itself.
"""

import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tools.cache import cache_root, locked
from tools.lab import prerequisites, system
from tools.lab.engine import Engine
from tools.lab.lab import Lab, temporary_lab
from tools.lab.specs import ALL_SPECS, SPECS

GROUPS = {"lab": tuple(SPECS), "system": tuple(system.NAMES), "all": (*SPECS, *system.NAMES)}
NAMES = (*ALL_SPECS, *system.NAMES)
_ENGINES = "|".join(sorted(NAMES, key=len, reverse=True))
_ENGINE = re.compile(rf"\[(?:.*-)??({_ENGINES})(?:-.*)?\]$")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--engine`."""
    parser.addoption(
        "--engine",
        action="append",
        metavar="NAME",
        help="run the tests of engines on NAME only; may be repeated. One of "
        f"{', '.join(NAMES)}, or `lab`, `system` or `all`. If not given: the lab where "
        "this machine can have it, else the system's.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for line in (
        "default_engines(*names): run on these of the lab unless --engine is given",
        "spread(count=1): run each case on so many of them unless --engine or --all is given",
        "alone: no other test of this machine runs meanwhile",
    ):
        config.addinivalue_line("markers", line)


def chosen(config: pytest.Config, default: Sequence[str] = ("lab",)) -> tuple[str, ...]:
    """Return the engines that `--engine` names, or `default` where there can be a lab."""
    choices = config.getoption("--engine") or (["system"] if prerequisites.missing() else default)
    return tuple(dict.fromkeys(name for choice in choices for name in _expanded(choice)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test of an engine once for each that was chosen."""
    if "running_engine" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("default_engines")
        names = chosen(metafunc.config, marker.args if marker else ("lab",))
        parameters = [pytest.param(name, marks=_marks(name), id=name) for name in names]
        metafunc.parametrize("running_engine", parameters, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the cases that are spread to a few engines each."""
    if config.getoption("--engine") or config.getoption("--all", default=False):
        return
    engines: dict[str, list[str]] = {}
    for item in items:
        engines.setdefault(_case(item), []).append(_engine(item))
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        marker, case = item.get_closest_marker("spread"), _case(item)
        few = some_of(engines[case], case, *marker.args) if marker else [_engine(item)]
        (kept if _engine(item) in few else out).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=out)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before any clock of a test starts
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run a test that is `alone` when no other runs, and no other while one that is alone does."""
    lock = cache_root() / "tests.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with locked(lock, shared=item.get_closest_marker("alone") is None):
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Have the tests of an engine run by one process."""
    return _ByEngine(config, log)


class _ByEngine(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return shared(nodeid)


def shared(nodeid: str) -> str:
    """What the test `nodeid` shares with others: the engine in its id, or else a file."""
    file, _, test = nodeid.partition("::")
    engine = _ENGINE.search(test)
    return engine[1] if engine else file


def some_of(engines: Sequence[str], case: str, count: int = 1) -> list[str]:
    """So many of `engines` for `case`, whatever other cases there are."""
    first = zlib.crc32(case.encode())
    return [engines[(first + n * len(engines) // count) % len(engines)] for n in range(count)]


def _engine(item: pytest.Item) -> str:
    return str(parameters_of(item).get("running_engine", ""))


def _case(item: pytest.Item) -> str:
    """The name of `item` without that of the engine."""
    return item.nodeid.replace(_engine(item), "", 1)


def parameters_of(item: pytest.Item) -> Mapping[str, Any]:
    """Return what the test `item` is run with; `running_engine` is the engine's name."""
    called = getattr(item, "callspec", None)
    return called.params if called else {}


def _expanded(choice: str) -> tuple[str, ...]:
    if choice in GROUPS:
        return GROUPS[choice]
    if choice in NAMES:
        return (choice,)
    message = f"--engine {choice}: expected {', '.join((*NAMES, *GROUPS))}"
    raise pytest.UsageError(message)


def _marks(name: str) -> list[pytest.MarkDecorator]:
    why = prerequisites.missing() if name in ALL_SPECS else system.unavailable(name)
    return [pytest.mark.skip(reason=f"{name}: {why}")] if why else []


def use(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have `environment`, such as an engine's, and no other variable."""
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The engine lab, open, with no engine up yet."""
    with temporary_lab() as opened:
        yield opened


@pytest.fixture(scope="session")
def running_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine that is up, in whatever state the tests before left it."""
    name: str = request.param
    if name in ALL_SPECS:
        opened: Lab = request.getfixturevalue("lab")
        yield opened.engine(name)
        opened.stop(name)
    else:
        engine = system.SystemEngine(name, tmp_path_factory.mktemp(name))
        engine.start()
        yield engine
        engine.stop()


@pytest.fixture
def engine(running_engine: Engine) -> Engine:
    """An engine that is up, with no image and no container in it."""
    running_engine.reset()
    return running_engine
