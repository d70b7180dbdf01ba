"""The recorded answers are whole, and of no machine in particular."""

import json
from pathlib import Path

import pytest

from tools.lab.__main__ import SAMPLES
from tools.lab.record import FAULTS, IMAGES
from tools.lab.specs import ALL_SPECS

FILES = sorted(SAMPLES.glob("*/*.json"))
KEYS = {"engine", "version", "argv", "rc", "stdout", "stderr", "seconds"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_samples(file: Path) -> None:
    samples = json.loads(file.read_text())
    assert samples
    for sample in samples.values():
        assert sample.keys() == KEYS
        assert sample["engine"] == file.parent.name
        assert sample["version"].startswith(ALL_SPECS[file.parent.name].release)


@pytest.mark.parametrize("engine", ALL_SPECS)
def test_every_engine_was_asked_for_every_image(engine: str) -> None:
    samples = json.loads((SAMPLES / engine / "manifest-inspect.json").read_text())
    assert samples.keys() >= {*IMAGES, *FAULTS, "missing tag", "registry down", "unauthorised"}


@pytest.mark.parametrize("engine", ALL_SPECS)
def test_engine_ran_in_no_folder_of_a_machine(engine: str) -> None:
    assert "cibuildwheel-platform" not in (SAMPLES / engine / "about.json").read_text()
