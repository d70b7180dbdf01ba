"""A search path without engines."""

import os
import shutil
from pathlib import Path

import pytest

from tools.lab.path import path_without_engines


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A directory with docker and another command, and one with another command only."""
    for name in ("both/docker", "both/tool", "one/other"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch(0o755)
    return os.pathsep.join(str(tmp_path / name) for name in ("both", "one", "missing"))


def test_hides_engines_and_nothing_else(path: str, tmp_path: Path) -> None:
    hidden = path_without_engines(path, tmp_path / "links")
    assert shutil.which("docker", path=path)
    assert shutil.which("docker", path=hidden) is None
    assert shutil.which("tool", path=hidden)
    assert shutil.which("other", path=hidden) == str(tmp_path / "one" / "other")


def test_is_the_same_when_asked_again(path: str, tmp_path: Path) -> None:
    first = path_without_engines(path, tmp_path / "links")
    assert path_without_engines(path, tmp_path / "links") == first
