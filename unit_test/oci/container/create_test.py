from __future__ import annotations

import signal

import pytest

from cibuildwheel.oci.container import create as module
from cibuildwheel.oci.container.create import create, patience
from cibuildwheel.oci.container.interrupt import Interrupted
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.errors import ContainerNotCreatedError
from unit_test.oci.samples import stand_in


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


def test_what_an_engine_warns_of_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "WARNING: Your kernel does not support swap limit capabilities\n"
    stand_in(monkeypatch, module, lambda *_, seconds: Answer(0, "id\n", said))  # noqa: ARG005
    create(["docker", "create"], image="x:1", platform="linux/arm64", container="box")
    assert capsys.readouterr() == ("", said)


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
