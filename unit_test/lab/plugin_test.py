"""The choice of engines on pytest's command line."""

from pathlib import Path

import pytest

from tools.lab.plugin import shared, some_of

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
TEST = """
def test_it(engine):
    pass
"""


def collect(pytester: pytest.Pytester, *options: str, test: str = TEST) -> pytest.RunResult:
    pytester.makepyfile(test_it=test)
    return pytester.runpytest_inprocess("-p", "tools.lab.plugin", "--collect-only", "-q", *options)


@pytest.mark.parametrize(
    "options, engines",
    [
        (["--engine=docker20"], ["docker20"]),
        (["--engine=podman4", "--engine=docker20"], ["podman4", "docker20"]),
        (["--engine=system", "--engine=system-podman"], ["system-docker", "system-podman"]),
        (["--engine=lab", "-k", "docker28"], ["docker28", "docker28-containerd"]),
    ],
)
def test_chosen_engines(options: list[str], engines: list[str], pytester: pytest.Pytester) -> None:
    collected = collect(pytester, *options)
    found = [line for line in collected.outlines if "test_it[" in line]
    assert found == [f"test_it.py::test_it[{engine}]" for engine in engines]


@pytest.mark.parametrize(
    "options, engines", [([], ["podman4"]), (["--engine=docker20"], ["docker20"])]
)
def test_marker_says_what_is_the_default(
    options: list[str], engines: list[str], pytester: pytest.Pytester
) -> None:
    marked = f'import pytest\npytestmark = pytest.mark.default_engines("podman4")\n{TEST}'
    collected = collect(pytester, *options, test=marked)
    found = [line for line in collected.outlines if "test_it[" in line]
    assert found == [f"test_it.py::test_it[{engine}]" for engine in engines]


SPREAD = """
import pytest
pytestmark = [pytest.mark.default_engines("docker20", "podman4"), pytest.mark.spread]
@pytest.mark.parametrize("number", range(20))
def test_it(engine, number):
    pass
"""


def test_spread_cases_have_few_engines_each(pytester: pytest.Pytester) -> None:
    found = [line for line in collect(pytester, test=SPREAD).outlines if "test_it[" in line]
    assert len(found) == 20
    assert {name for name in ("docker20", "podman4") if any(name in line for line in found)} == {
        "docker20",
        "podman4",
    }
    again = collect(pytester, test=SPREAD.replace("range(20)", "range(10)")).outlines
    assert set(again) & set(found) == {line for line in again if "test_it[" in line}


def test_spread_over_two() -> None:
    assert set(some_of("abcd", "case", 2)) in ({"a", "c"}, {"b", "d"})
    assert sorted(some_of("ab", "case", 2)) == ["a", "b"]


@pytest.mark.parametrize(
    "option, count", [("--engine=docker20", 20), ("--engine=lab", 220), ("--all", 40)]
)
def test_spread_cases_have_all_engines_when_told(
    option: str, count: int, pytester: pytest.Pytester
) -> None:
    collected = collect(pytester, "-p", "tools.matrix.plugin", option, test=SPREAD)
    assert len([line for line in collected.outlines if "test_it[" in line]) == count


def test_unknown_engine_is_refused(pytester: pytest.Pytester) -> None:
    collected = collect(pytester, "--engine=docker19")
    assert collected.ret
    assert "--engine docker19: expected docker20, " in str(collected.stdout) + str(collected.stderr)


SIDE_BY_SIDE = """
import os, pathlib, pytest, time
{marker}
def test_it():
    for word in ("begin", "end"):
        with pathlib.Path(os.environ["LOG"]).open("a") as log:
            log.write(f"{{word}} {name}\\n")
        time.sleep(0.5)
"""


def test_a_test_that_is_alone_runs_when_no_other_does(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = pytester.path / "log"
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CIBUILDWHEEL_PLATFORM_CACHE", str(pytester.path / "cache"))
    markers = {"first": "", "second": "@pytest.mark.alone", "third": ""}
    pytester.makepyfile(
        **{
            f"test_{name}": SIDE_BY_SIDE.format(marker=marker, name=name)
            for name, marker in markers.items()
        }
    )
    result = pytester.runpytest_subprocess("-p", "tools.lab.plugin", "-n", "3")
    result.assert_outcomes(passed=3)
    lines = log.read_text().splitlines()
    assert lines.index("end second") == lines.index("begin second") + 1


@pytest.mark.parametrize(
    "nodeid, by",
    [
        ("test/test_a.py::test_it", "test/test_a.py"),
        ("test/test_a.py::test_it[docker20]", "docker20"),
        ("test/test_b.py::test_it[docker28-containerd-by-tag]", "docker28-containerd"),
        ("test/test_b.py::test_it[podman4-rootless]", "podman4-rootless"),
        ("test/test_b.py::test_it[fresh-oci-index-one-linux/arm64-podman5.4]", "podman5.4"),
        ("test/test_b.py::test_it[docker-manifest-linux/386]", "test/test_b.py"),
        ("test/test_reported.py::test_case[no-tar on docker20]", "test/test_reported.py"),
    ],
)
def test_tests_of_an_engine_are_run_by_one_process(nodeid: str, by: str) -> None:
    assert shared(nodeid) == by
