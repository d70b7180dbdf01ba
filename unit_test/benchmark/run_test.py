from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.options import OptionsReader
from tools.benchmark.cases import ARCHITECTURES, CASES
from tools.benchmark.results import Result, ratio
from tools.benchmark.run import Line, Sample, configuration, sample

if TYPE_CHECKING:
    from pathlib import Path

LOG = [
    Line(1.0, "Copying project into container..."),
    Line(3.0, "Building cp39-manylinux_aarch64 wheel"),
    Line(4.0, "process 20"),
    Line(5.0, "Building cp310-manylinux_aarch64 wheel"),
    Line(6.0, "process 40"),
    Line(9.0, "Copying wheels back to host..."),
]


def test_sample() -> None:
    seconds = {"start": 1.0, "copy": 2.0, "identifier": 3.0, "end": 1.0, "whole": 10.0}
    assert sample(LOG, 10.0) == Sample(seconds, 40)


def test_ratio_is_of_pairs() -> None:
    upstream, fork = ([Sample({"whole": s}, 1) for s in each] for each in ((2, 10, 4), (1, 4, 3)))
    result = Result(
        "overhead",
        "linux/arm64",
        engine="x",
        qemu="QEMU 7.2.22",
        command="",
        other=upstream,
        fork=fork,
    )
    assert str(ratio(result, "whole")) == "0.50 (0.40-0.75)"


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("platform", ARCHITECTURES)
def test_configuration(name: str, platform: str, tmp_path: Path) -> None:
    text = configuration(CASES[name], platform, "docker", "127.0.0.1:5000/x:1", ["--env=A"])
    options = tomllib.loads(text)["tool"]["cibuildwheel"]
    assert options["archs"] == [ARCHITECTURES[platform]]
    assert options["container-engine"] == {"name": "docker", "create-args": ["--env=A"]}
    if CASES[name].tools:
        text = configuration(CASES[name], platform, "docker", "x:1", tools=CASES[name].tools)
        options = tomllib.loads(text)["tool"]["cibuildwheel"]
        assert options["container-engine"]["native-tools"] == CASES[name].tools.split()
    config = tmp_path / "benchmark.toml"
    config.write_text(text)
    OptionsReader(config, platform="linux", env={})  # knows every option
