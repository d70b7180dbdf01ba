from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine.fresh import ask
from cibuildwheel.oci.engine.process import interrupt, interrupted

if TYPE_CHECKING:
    from collections.abc import Mapping

# A client that tells what it finds, and what it is told to find it in.
CLIENT = (
    '#!/bin/sh\necho "$DOCKER_CONFIG"; cd "${DOCKER_CONFIG:-$HOME/.docker}" && cat config.json; ls'
)
FILES = {"config.json": "the user's own\n", "contexts/meta/x": "", "ca.pem": ""}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has a client and a configuration; temporary files are beside it, in `tmp`."""
    program = tmp_path / "bin" / "docker"
    _write(tmp_path, {"bin/docker": CLIENT, **{f".docker/{name}": FILES[name] for name in FILES}})
    program.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    return tmp_path


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _found(*command: str) -> tuple[str, list[str]]:
    where, *rest = ask(*command).stdout.splitlines()
    assert rest[0] == "the user's own"
    return where, rest[1:]


def test_all_but_the_lists_is_there_and_only_meanwhile(home: Path) -> None:
    _write(home, {".docker/manifests/h.io_x-1/h.io_x-1-arm64": "{}"})
    where, found = _found("docker", "manifest", "inspect", "h.io/x:1")
    assert found == ["ca.pem", "config.json", "contexts"]
    assert Path(where).parent == home / "tmp"
    assert not Path(where).exists()
    assert (home / ".docker" / "config.json").exists()


def test_a_run_that_is_interrupted_leaves_nothing(home: Path) -> None:
    _write(home, {".docker/manifests/x/y": "{}", "bin/docker": "#!/bin/sh\nexec sleep 60\n"})
    try:
        with ThreadPoolExecutor() as executor:
            asked = executor.submit(ask, "docker", "manifest", "inspect", "h.io/x:1")
            while not list((home / "tmp").glob("*/ca.pem")):
                time.sleep(0.01)
            interrupt()
            assert not asked.result().ok
    finally:
        interrupted.clear()
    assert not list((home / "tmp").iterdir())


@pytest.mark.parametrize("verb", ["manifest", "buildx"])
def test_nothing_is_made_where_nothing_is_in_the_way(verb: str, home: Path) -> None:
    if verb == "buildx":
        _write(home, {".docker/manifests/x/y": "{}"})
    where, found = _found("docker", verb, "inspect", "h.io/x:1")
    assert where == ""
    assert {"ca.pem", "config.json", "contexts"} <= set(found)


def test_who_may_make_no_links_is_asked_as_he_is(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*_: object) -> None:
        raise OSError

    _write(home, {".docker/manifests/x/y": "{}"})
    monkeypatch.setattr(Path, "symlink_to", forbid)
    assert _found("docker", "manifest", "inspect", "h.io/x:1")[0] == ""
    assert not list((home / "tmp").iterdir())
