"""The choice of engines on pytest's command line."""

import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
TEST = """
def test_it(engine):
    pass
"""


def collect(folder: Path, *options: str, test: str = TEST) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-p", "tools.lab.plugin", "--collect-only", "-q"]
    return subprocess.run(
        [*command, "--rootdir", str(folder), *options, str(folder)],
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "options, engines",
    [
        (["--engine=docker20"], ["docker20"]),
        (["--engine=podman4", "--engine=docker20"], ["podman4", "docker20"]),
        (["--engine=system", "--engine=system-podman"], ["system-docker", "system-podman"]),
        (["--engine=lab", "-k", "docker28"], ["docker28", "docker28-containerd"]),
    ],
)
def test_chosen_engines(options: list[str], engines: list[str], tmp_path: Path) -> None:
    collected = collect(tmp_path, *options)
    found = [line for line in collected.stdout.splitlines() if "test_it[" in line]
    assert found == [f"test_it.py::test_it[{engine}]" for engine in engines]


@pytest.mark.parametrize(
    "options, engines", [([], ["podman4"]), (["--engine=docker20"], ["docker20"])]
)
def test_marker_says_what_is_the_default(
    options: list[str], engines: list[str], tmp_path: Path
) -> None:
    marked = f'import pytest\npytestmark = pytest.mark.default_engines("podman4")\n{TEST}'
    collected = collect(tmp_path, *options, test=marked)
    found = [line for line in collected.stdout.splitlines() if "test_it[" in line]
    assert found == [f"test_it.py::test_it[{engine}]" for engine in engines]


def test_unknown_engine_is_refused(tmp_path: Path) -> None:
    collected = collect(tmp_path, "--engine=docker19")
    assert collected.returncode
    assert "--engine docker19: expected docker20, " in collected.stdout + collected.stderr
