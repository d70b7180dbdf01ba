from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import process
from cibuildwheel.oci.engine.bound import left, within
from cibuildwheel.oci.engine.process import ask, change, follow
from cibuildwheel.oci.engine.ssh import AT_ONCE, ssh_of, turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "CONTAINER_CONNECTION")
DOCKER = ("docker", "image", "inspect", "x")
PODMAN = ("podman", "image", "inspect", "x")
FAR = "ssh://user@h"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a client of Docker on Linux, without any."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


@pytest.mark.parametrize(
    ("environ", "command", "far"),
    [
        ({}, DOCKER, False),
        ({}, PODMAN, False),
        ({"DOCKER_HOST": FAR}, DOCKER, True),
        ({"DOCKER_HOST": FAR}, ("docker", "manifest", "inspect", "x"), False),
        ({"DOCKER_HOST": FAR}, ("docker", "buildx", "imagetools", "inspect", "x"), False),
        ({"DOCKER_HOST": FAR}, PODMAN, False),
        ({"DOCKER_HOST": FAR}, ("skopeo", "inspect", "x"), False),
        ({"DOCKER_HOST": "tcp://h:2376", "DOCKER_CONTEXT": "far"}, DOCKER, False),
        ({"DOCKER_CONTEXT": "far"}, DOCKER, True),
        ({"DOCKER_CONTEXT": "near"}, DOCKER, False),
        ({"DOCKER_CONTEXT": "none"}, DOCKER, False),
        ({"DOCKER_CONTEXT": "nonsense"}, DOCKER, False),
        ({"CONTAINER_HOST": FAR}, PODMAN, True),
        ({"CONTAINER_HOST": FAR}, ("podman", "manifest", "inspect", "x"), True),
        ({"CONTAINER_HOST": "unix:///x.sock"}, PODMAN, False),
        ({"CONTAINER_CONNECTION": "far"}, PODMAN, True),
        # which of both counts is a matter of the version
        ({"CONTAINER_HOST": "unix:///x.sock", "CONTAINER_CONNECTION": "far"}, PODMAN, True),
        ({}, ("docker", "--context=far", "info"), True),
        ({}, ("docker", "--context=near", "info"), False),
        ({}, ("docker", "--context=far", "manifest", "inspect", "x"), False),
        ({"DOCKER_HOST": FAR}, ("docker", "--context=near", "info"), False),
        ({"DOCKER_HOST": FAR}, ("docker", "--context=default", "info"), True),
        ({"DOCKER_CONTEXT": "far"}, ("docker", "--context=default", "info"), False),
        ({}, ("podman", "--connection=x", "info"), True),
        ({"CONTAINER_HOST": "unix:///x.sock"}, ("podman", "--connection=x", "info"), True),
    ],
)
def test_ssh_of(
    environ: dict[str, str],
    command: tuple[str, ...],
    far: bool,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, host in (("far", FAR), ("near", "unix:///x.sock")):
        write_context(config, name, {"Endpoints": {"docker": {"Host": host}}})
    write_context(config, "nonsense", {"Endpoints": None})
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert bool(ssh_of(command)) == far


def write_context(config: Path, name: str, meta: object) -> None:
    folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(meta))


def test_each_way_has_turns_of_its_own(config: Path) -> None:
    for name, host in (("one", FAR), ("other", FAR), ("third", "ssh://third")):
        write_context(config, name, {"Endpoints": {"docker": {"Host": host}}})
    one, other, third = (
        ssh_of(("docker", f"--context={name}", "info")) for name in ("one", "other", "third")
    )
    assert one == other != third
    assert ssh_of(("podman", "--connection=one", "info")) not in {one, third}


def test_current_context(config: Path) -> None:
    write_context(config, "far", {"Endpoints": {"docker": {"Host": FAR}}})
    (config / "config.json").write_text('{"currentContext": "far"}')
    assert ssh_of(DOCKER)


def test_podman_has_its_engine_in_a_machine_where_there_is_no_linux(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ssh_of(PODMAN)
    assert not ssh_of(DOCKER)


@pytest.mark.parametrize("act", [ask, change, follow])
def test_few_at_once(
    act: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as may run leave a file each, and wait until there are more."""
    program = tmp_path / "docker"
    program.write_text(
        f'#!/bin/sh\n: >"{tmp_path}/$$.here"\nsleep 0.2\nls "{tmp_path}" | grep -c here '
        f'>>"{tmp_path}/counts"\nrm "{tmp_path}/$$.here"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for host, most in ((FAR, AT_ONCE), ("unix:///x.sock", 8)):
        monkeypatch.setenv("DOCKER_HOST", host)
        (tmp_path / "counts").unlink(missing_ok=True)
        with ThreadPoolExecutor(8) as executor:
            list(executor.map(lambda _: act(*DOCKER), range(8)))
        counts = [int(line) for line in (tmp_path / "counts").read_text().split()]
        assert len(counts) == 8
        assert max(counts) <= most
    assert max(counts) > AT_ONCE


def test_the_wait_for_a_turn_is_none_of_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", FAR)

    def wait(_: int) -> float:
        with within(10):
            with turn(DOCKER):
                time.sleep(0.5)
            return left()

    with ThreadPoolExecutor(2 * AT_ONCE) as executor:
        assert all(9 < rest < 9.8 for rest in executor.map(wait, range(2 * AT_ONCE)))


def test_a_question_of_a_run_that_was_interrupted_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", FAR)
    turns = [turn(DOCKER) for _ in range(AT_ONCE)]
    for one in turns:
        one.__enter__()
    try:
        with ThreadPoolExecutor() as executor:
            asked = executor.submit(ask, *DOCKER)
            process.interrupt()
            turns.pop().__exit__(None, None, None)
            assert asked.result().complaint == "docker was not asked: interrupted"
    finally:
        process.interrupted.clear()
        for one in turns:
            one.__exit__(None, None, None)
