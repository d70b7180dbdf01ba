from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cibuildwheel.oci.container.copy import ask_place, copy_into, copy_out, not_as_it_is, reaches
from cibuildwheel.oci.container.shell import SMALL, everything_in, parse_list
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.errors import CopyError
from cibuildwheel.oci.wanted.platform import Platform

DOCKER = Engine("docker", Store.CLASSIC, Platform("linux", "amd64"), (28,), (1, 51))
PODMAN = {"store": Store.PODMAN, "api": ()}
# What an engine does in place of a container: this machine's own programs.
EXEC = 'until [ "$1" = tar ]; do shift; done\nexec "$@"'
CP_IN = 'exec tar -xC "${3#*:}" -f -'


@pytest.mark.parametrize(
    ("changes", "mounts", "expected"),
    [
        ({}, ["7", "7"], True),
        ({}, ["7", "8"], False),
        ({}, ["7"], False),
        ({}, [], False),
        ({"api": (1, 42)}, ["7", "7"], True),
        ({"api": (1, 41)}, ["7", "7"], False),
        ({"api": ()}, ["7", "7"], False),
        ({**PODMAN, "daemon": (5, 4, 2)}, ["7", "7"], True),
        ({**PODMAN, "daemon": (5, 4, 2)}, ["7", "8"], False),
        ({**PODMAN, "daemon": (4, 3, 1)}, ["7", "7"], False),
        (PODMAN, ["7", "7"], False),
    ],
)
def test_reaches(changes: dict[str, object], mounts: list[str], expected: bool) -> None:
    assert reaches(replace(DOCKER, **changes), mounts) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("shell", ["bash", "sh"])
@pytest.mark.parametrize("there", ["", ".hidden", "it's", "..odd", "-rf"])
def test_ask_place(shell: str, there: str, tmp_path: Path) -> None:
    folder = tmp_path / "it's"
    folder.mkdir()
    (tmp_path / "link").symlink_to("it's")
    if there:
        (folder / there).symlink_to("nowhere")
    question = ask_place(f"{tmp_path}/link", everything_in(f"{tmp_path}/link"))
    user, found, *mounts = answers(question, shell)
    assert (user, found) == (str(os.geteuid()), f"{tmp_path}/link/{there}" if there else "")
    assert mounts == [mount_of(folder), mount_of(Path("/"))]


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_mount_of_nothing_is_not_told(shell: str, tmp_path: Path) -> None:
    question = ask_place(f"{tmp_path}/none", shlex.quote(f"{tmp_path}/none/file"))
    assert answers(question, shell) == [str(os.geteuid()), "", mount_of(Path("/"))]


def answers(question: str, shell: str) -> list[str]:
    """What `shell` prints, without an error."""
    ran = subprocess.run([shell, "-c", question], check=True, capture_output=True)
    assert ran.stderr == b""
    return parse_list(ran.stdout.decode())


def mount_of(folder: Path) -> str:
    """The number of the mount that `folder` is in, by util-linux."""
    command = ["findmnt", "--noheadings", "--output=ID", "--target", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@dataclass
class OnThisMachine:
    """A container whose engine is a script, and whose shell is one of this machine."""

    engine_name: str
    settled: object
    name: str = "x"

    def ask_shell(self, question: str) -> list[str]:
        return answers(question, "bash")


@dataclass
class Settled:
    """What a container was made with, as far as it matters here."""

    engine: Engine


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A source with a file in it, and a target beside it, on the mount of the root."""
    for name in ("source", "target"):
        (tmp_path / name).mkdir(mode=0o755)
    (tmp_path / "source/file").write_bytes(b"x" * 3_000_000)
    (tmp_path / "source/last").write_text("last")
    return tmp_path / "source", tmp_path / "target"


def container(
    tmp_path: Path, cp: str, unpack: str = EXEC, engine: Engine = DOCKER
) -> OnThisMachine:
    """A container whose engine runs the lines `cp` to copy, and `unpack` to run a tar."""
    script = tmp_path / "engine"
    script.write_text(f"#!/bin/sh\ncase $1 in\ncp) {cp} ;;\n*) {unpack} ;;\nesac\n")
    script.chmod(0o755)
    return OnThisMachine(str(script), Settled(engine))


def one_mount(path: Path) -> bool:
    """Whether `path` is where an engine would reach it."""
    return mount_of(path) == mount_of(Path("/"))


@pytest.mark.parametrize(("host", "packed"), [("ssh://x", True), ("tcp://x:2376", False)])
def test_what_goes_by_ssh_is_compressed(
    host: str,
    packed: bool,
    tmp_path: Path,
    places: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not one_mount(tmp_path):
        pytest.skip("temporary files are not on the mount of the root")
    source, target = places
    cp = f'cat >{tmp_path}/sent; tar -xC "${{3#*:}}" -f {tmp_path}/sent'
    there = container(tmp_path, cp)
    (tmp_path / "engine").rename(tmp_path / "docker")
    there.engine_name = "docker"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("DOCKER_HOST", host)
    copy_into(there, source, str(target))  # type: ignore[arg-type]
    assert (target / "file").read_bytes() == (source / "file").read_bytes()
    sent = (tmp_path / "sent").read_bytes()
    assert (sent[:2] == b"\x1f\x8b", len(sent) < 100_000) == (packed, packed)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    ("cp", "warned"),
    [
        (CP_IN, ""),
        ("echo why >&2; exit 1", "why"),
        ("exit 0", "not read to its end"),
        ("exec cat >/dev/null", "not read to its end"),
        (f"head -c 2000000 | {CP_IN[5:]} 2>/dev/null; exit 0", "not read to its end"),
        ("kill -9 $$", "return code -9"),
    ],
)
def test_what_an_engine_does_not_copy_a_tar_does(
    cp: str,
    warned: str,
    there: bool,
    tmp_path: Path,
    places: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not one_mount(tmp_path):
        pytest.skip("temporary files are not on the mount of the root")
    source, target = places
    if there:
        (target / "last").touch()
    copy_into(container(tmp_path, cp), source, str(target))  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in source.iterdir()
    }
    said = capsys.readouterr().err
    assert warned in said
    assert bool(said) == bool(warned)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    "unpack", ["exit 0", "cat >/dev/null", "echo not read to its end >&2; false"]
)
def test_what_does_not_arrive_is_an_error(
    unpack: str, there: bool, tmp_path: Path, places: tuple[Path, Path]
) -> None:
    source, target = places
    if there:
        (target / "last").touch()
    old = replace(DOCKER, api=(1, 41))
    with pytest.raises(CopyError, match="not read to its end\nFix: ") as refused:
        copy_into(container(tmp_path, "exit 9", unpack, old), source, str(target))  # type: ignore[arg-type]
    assert f"{source} can't be copied to {target} in the container: " in str(refused.value)


@pytest.mark.parametrize("size", [0, SMALL, SMALL + 1])
@pytest.mark.parametrize("there", [False, True])
def test_a_file_is_copied(size: int, there: bool, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "new folder/it's"
    source.write_bytes(b"x" * size)
    if there:
        target.parent.mkdir()
        target.write_text("older")
    copy_into(container(tmp_path, CP_IN), source, str(target))  # type: ignore[arg-type]
    assert target.read_bytes() == source.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["it's"]


def test_what_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(CopyError, match="No such file or directory\nFix: "):
        copy_into(container(tmp_path, CP_IN), tmp_path / "none", str(tmp_path / "x"))  # type: ignore[arg-type]


@pytest.mark.parametrize("api", [(1, 41), (1, 51)])
@pytest.mark.parametrize(
    ("pack", "warned"),
    [
        (EXEC, False),
        ("false", True),
        ('until [ "$1" = tar ]; do shift; done; "$@" | head -c 9000', True),
    ],
)
def test_copy_out(
    api: tuple[int, int],
    pack: str,
    warned: bool,
    tmp_path: Path,
    places: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, target = places
    engine = container(tmp_path, 'exec cp -R "${2#*:}" "$3"', pack, replace(DOCKER, api=api))
    copy_out(engine, str(source), target / "new")  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in (target / "new").iterdir()} == {
        path.name: path.read_bytes() for path in source.iterdir()
    }
    asks_tar = api < (1, 42) or not one_mount(source)
    assert bool(capsys.readouterr().err) == (warned and asks_tar)


def test_copy_out_that_fails_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(CopyError, match="why\nFix: "):
        copy_out(container(tmp_path, "echo why >&2; exit 1", "false"), "/none", tmp_path / "new")  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "lines"), [(1, 2), (10, 11), (12, 12)])
def test_not_as_it_is(count: int, lines: int) -> None:
    said = not_as_it_is(Path("/x"), [f"{number}: why" for number in range(count)])
    assert len(said.splitlines()) == lines
    assert ("and 2 more" in said) == (count == 12)
