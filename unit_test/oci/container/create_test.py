from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container import create as module
from cibuildwheel.oci.container.create import NARROW_SHELL, create, patience, shell
from cibuildwheel.oci.container.interrupt import Interrupted
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.errors import ContainerNotCreatedError
from unit_test.oci.samples import stand_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("platform", "narrow"),
    [
        ("linux/amd64", False),
        ("linux/386", True),
        ("linux/arm64", False),
        ("linux/arm/v7", True),
        ("linux/ppc64le", False),
        ("linux/s390x", False),
        ("linux/riscv64", False),
    ],
)
def test_shell(platform: str, narrow: bool) -> None:
    assert tuple(shell(platform)) == (NARROW_SHELL if narrow else ("/bin/bash",))


@pytest.mark.parametrize(
    ("machine", "started"),
    [
        ("i686", "/bin/bash"),
        ("i386", "/bin/bash"),
        ("armv7l", "/bin/bash"),
        ("armv8l", "/bin/bash"),
        ("x86_64", "linux32 /bin/bash"),
        ("aarch64", "linux32 /bin/bash"),
    ],
)
def test_narrow_shell(machine: str, started: str, tmp_path: Path) -> None:
    (tmp_path / "uname").write_text(f"#!/bin/sh\necho {machine}\n")
    (tmp_path / "linux32").write_text('#!/bin/sh\necho linux32 "$@"\n')
    for name in ("uname", "linux32"):
        (tmp_path / name).chmod(0o755)
    ran = subprocess.run(
        NARROW_SHELL,
        input="echo /bin/bash\n",
        env={"PATH": f"{tmp_path}:/bin:/usr/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"{started}\n"


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("Error response from daemon: No such image: x:1\n", "run it again"),
        ("Error: x:1: image not known\n", "run it again"),
        ("write /var/lib/x: no space left on device\n", "The disk of the engine is full"),
        ("Error: something else\n", ""),
    ],
)
def test_create_that_fails(said: str, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, module, lambda *_, seconds: Answer(1, "", said))  # noqa: ARG005
    with pytest.raises(ContainerNotCreatedError) as error:
        create(["docker", "create"], image="x:1", platform="linux/arm64", container="box")
    what = "docker can't create a container from image 'x:1' for linux/arm64"
    first, *rest = str(error.value).splitlines()
    assert first == f"{what}: {said.strip()}"
    assert fix in "".join(rest)
    assert bool(fix) == bool(rest)


def test_create_that_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def change(*command: str, **_: object) -> Answer:
        asked.append(command)
        if command[1] == "create":
            raise Interrupted(signal.SIGTERM)
        return Answer(0, "", "")

    stand_in(monkeypatch, module, change)
    with pytest.raises(Interrupted):
        create(["podman", "create"], image="x:1", platform="linux/arm64", container="box")
    assert asked == [("podman", "create"), ("podman", "rm", "--force", "box")]


def test_patience() -> None:
    assert patience(None) == patience(ValueError) > 10
    assert patience(Interrupted) == patience(KeyboardInterrupt) == 0
