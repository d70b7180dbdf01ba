"""The command line, as far as it needs no engine."""

from pathlib import Path

import pytest

from tools.cache import VARIABLE
from tools.lab.__main__ import main
from tools.lab.prerequisites import missing, packages
from tools.lab.roots import _PACKAGES
from tools.lab.specs import ALL_SPECS


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(ALL_SPECS)
    assert not [line for line in lines if line.endswith(" up")]


def test_every_suite_has_packages() -> None:
    assert {spec.suite for spec in ALL_SPECS.values()} == set(_PACKAGES)


def test_prerequisites(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prerequisites"]) == 0
    assert capsys.readouterr().out.split() == packages()


@pytest.mark.parametrize("command", ["env", "run"])
def test_unknown_engine(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "docker19", *(["true"] if command == "run" else [])]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: no engine 'docker19' in the lab: there are docker20, ")


def test_environment_of_an_engine_that_is_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "docker20"]) == 1
    assert capsys.readouterr().err == (
        "error: docker20 isn't up: python -m tools.lab up docker20\n"
    )


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    why = missing()
    assert why
    assert "the lab needs docker-registry, ip, mmdebstrap" in why
    assert "apt-get install docker-registry iproute2 mmdebstrap" in why


def test_user_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert missing() == "the lab needs root, for namespaces and mounts"


def test_down_when_nothing_is_up() -> None:
    assert main(["down"]) == 0
