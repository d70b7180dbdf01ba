"""The choice of engines on pytest's command line."""

import pytest

pytest_plugins = ["pytester"]
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


def test_unknown_engine_is_refused(pytester: pytest.Pytester) -> None:
    collected = collect(pytester, "--engine=docker19")
    assert collected.ret
    assert "--engine docker19: expected docker20, " in str(collected.stdout) + str(collected.stderr)
