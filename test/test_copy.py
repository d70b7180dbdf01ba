"""Copies into a container and out of it, on real engines, whatever the host is like."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.errors import ContainerExitedError, CopyError
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.document import DOCKER, manifest
from tools.images.push import push
from tools.images.tiny import busybox, tiny
from tools.lab.generation import Generation
from tools.lab.plugin import use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lab.engine import Engine

pytestmark = pytest.mark.default_engines("docker20", "docker28-containerd")
AMD64 = "linux/amd64"
PROJECT = PurePosixPath("/build/project")
BIG = 300_000_000
MOUNTS = 40


@pytest.fixture
def image(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """An image with a shell and little else; this process uses the engine."""
    use(engine.env, monkeypatch)
    push(manifest(DOCKER, tiny(AMD64), AMD64), f"{engine.push_address}/copy:1")
    return f"{engine.registry.address}/copy:1"


@contextmanager
def started(engine: Engine, image: str, *, host: bool = False) -> Iterator[OCIContainer]:
    """A running container, with what the host has mounted in it if `host`."""
    config = OCIContainerEngineConfig(engine.kind, disable_host_mount=not host)
    platform = OCIPlatform(AMD64)
    with OCIContainer(image=image, oci_platform=platform, engine=config, cwd="/build") as running:
        yield running


def lines(container: OCIContainer, script: str) -> list[str]:
    """What `script` prints in `container`."""
    return container.call(["sh", "-c", script], capture_output=True).splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a file in it."""
    (tmp_path / "project/deep").mkdir(parents=True)
    (tmp_path / "project/deep/file").write_text("data")
    return tmp_path / "project"


@pytest.mark.parametrize("tar", ["busybox", "none"])
def test_the_tar_of_the_host_does_not_matter(
    engine: Engine, image: str, project: Path, tar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = project.with_name("bin")
    programs.mkdir()
    if tar == "busybox":
        (programs / "tar").symlink_to(busybox(AMD64))
    else:
        (programs / "tar").write_text("#!/bin/sh\nexit 127\n")
        (programs / "tar").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    with started(engine, image) as container:
        container.copy_into(project, PROJECT)
        assert lines(container, f"cd {PROJECT} && find . -type f && cat deep/file") == [
            "./deep/file",
            "data",
        ]
        container.copy_out(PROJECT, project.with_name("back"))
    assert (project.with_name("back") / "deep/file").read_text() == "data"


@pytest.mark.parametrize("change", ["shrink", "remove"])
def test_a_file_that_changes_meanwhile(
    engine: Engine,
    image: str,
    project: Path,
    change: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    big, late = project / "big", project / "late"
    with big.open("wb") as file:
        file.truncate(BIG)
    late.write_text("late")
    with started(engine, image) as container:
        begun = threading.Event()
        change_it = threading.Thread(target=changed, args=(change, big, late, begun))
        change_it.start()
        begun.wait()
        container.copy_into(project, PROJECT)
        change_it.join()
        (size,) = lines(container, f"wc -c <{PROJECT}/big")
        assert int(size) in {BIG, 0}
        left = lines(container, f"ls {PROJECT}")
    said = capsys.readouterr().err
    assert "deep" in left
    name = "late" if change == "remove" else "big"
    assert f"Not all of {project} is copied as it is" in said
    assert f"\n  {name}: " in said
    assert ("late" in left) == (change != "remove")


def changed(change: str, big: Path, late: Path, begun: threading.Event) -> None:
    """Change what is being packed, as soon as this process reads the file `big`."""
    begun.set()
    while not is_read(big):
        time.sleep(0.001)
    if change == "remove":
        late.unlink()
    else:
        os.truncate(big, 0)


def is_read(file: Path) -> bool:
    """Whether this process has `file` open."""
    for link in Path("/proc/self/fd").iterdir():
        try:
            if link.readlink() == file:
                return True
        except OSError:
            continue
    return False


def test_a_container_that_is_killed_meanwhile(engine: Engine, image: str, project: Path) -> None:
    with (project / "big").open("wb") as file:
        file.truncate(BIG)
    with pytest.raises((CopyError, ContainerExitedError)):
        copy_and_kill(engine, image, project)
    assert engine.run("ps", "--all", "--quiet") == ""


def copy_and_kill(engine: Engine, image: str, project: Path) -> None:
    """Copy `project` into a container that is killed meanwhile, and use that.

    Docker may finish the copy first.
    """
    with started(engine, image) as container:
        killed = threading.Thread(target=kill, args=(engine, container, project / "big"))
        killed.start()
        try:
            container.copy_into(project, PROJECT)
        finally:
            killed.join()
        lines(container, "true")


def kill(engine: Engine, container: OCIContainer, big: Path) -> None:
    """Kill `container` as soon as `big` is being packed."""
    while not is_read(big):
        time.sleep(0.001)
    subprocess.run(
        [engine.kind, "kill", str(container.name)], check=True, capture_output=True, env=engine.env
    )


def test_copies_leave_no_mounts(engine: Engine, image: str, project: Path) -> None:
    """As they did before Docker 23, where each took four times as long as the one before."""
    if not isinstance(engine, Generation):
        pytest.skip("mounts are made in the lab only")
    (project / "big").write_bytes(b"x" * 100_000)
    with engine.mounted(MOUNTS), started(engine, image, host=True) as container:
        before = lines(container, "cat /proc/self/mountinfo")
        assert len(before) > MOUNTS
        for number in range(4):
            container.copy_into(project, PROJECT / str(number))
            container.copy_into(project / "big", PROJECT / "file" / str(number))
            container.copy_out(PROJECT, project.with_name(f"back{number}"))
        assert lines(container, "cat /proc/self/mountinfo") == before
    assert (project.with_name("back3") / "3/big").stat().st_size == 100_000
    assert (project.with_name("back3") / "file/3").stat().st_size == 100_000
