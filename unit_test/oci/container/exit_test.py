from __future__ import annotations

import json

import pytest

from cibuildwheel.oci.container import exit as module
from cibuildwheel.oci.container.exit import container_exited, last_words
from cibuildwheel.oci.engine.process import Answer
from unit_test.oci.samples import stand_in

INSPECT = ("container", "inspect", "--format", "{{json .State}}", "box")
LOGS = ("logs", "--tail", "5", "box")
START = ("start", "box")
# crun's, as podman passes it on to whoever starts the container
CRUN = (
    "Error: unable to start container 6ef1: crun: open executable: exec /bin/bash: "
    "Exec format error: OCI runtime error"
)
RUNC = "exec /bin/bash: exec format error"
MISSING = (
    'failed to create shim task: OCI runtime create failed: exec: "/bin/bash": '
    "stat /bin/bash: no such file or directory: unknown"
)


def state(**fields: object) -> Answer:
    return Answer(0, json.dumps({"Status": "exited", "ExitCode": 1, "Error": "", **fields}), "")


def ask_of(
    answers: dict[tuple[str, ...], Answer], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[str, ...]]:
    asked: list[tuple[str, ...]] = []

    def ask(*command: str) -> Answer:
        asked.append(command[1:])
        return answers[command[1:]]

    stand_in(monkeypatch, module, ask)
    return asked


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        # it ran, and ended
        ({INSPECT: state(), LOGS: Answer(0, "", f"{RUNC}\n")}, f"{RUNC}\n(it returned 1)"),
        ({INSPECT: state(ExitCode=0), LOGS: Answer(0, "out\n", "")}, "it returned 0"),
        (
            {INSPECT: state(ExitCode=137, OOMKilled=True), LOGS: Answer(0, "", "")},
            "it returned 137, out of memory",
        ),
        ({INSPECT: state(OOMKilled=False), LOGS: Answer(1, "", "")}, "it returned 1"),
        ({INSPECT: Answer(0, "{}", ""), LOGS: Answer(0, "", "")}, "it returned no code"),
        # it never ran: Docker keeps why in the state
        ({INSPECT: state(Status="created", Error=MISSING)}, MISSING),
        # podman tells whoever starts it
        ({INSPECT: state(Status="created"), START: Answer(126, "", f"{CRUN}\n")}, CRUN),
        ({INSPECT: state(Status="configured"), START: Answer(126, "", f"{CRUN}\n")}, CRUN),
        ({INSPECT: state(Status="initialized"), START: Answer(126, "", f"{CRUN}\n")}, CRUN),
        (
            {INSPECT: state(Status="running", ExitCode=0)},
            "it runs, but docker is not connected to it any more",
        ),
        # nothing to learn
        (
            {INSPECT: Answer(1, "", "Error: No such container: box\n")},
            "Error: No such container: box",
        ),
        ({INSPECT: Answer(None, "", "docker gave no answer")}, "docker gave no answer"),
        ({INSPECT: Answer(0, "null\n", "")}, "docker said of its state: 'null'"),
        ({INSPECT: Answer(0, "{", "")}, "docker said of its state: '{'"),
        ({INSPECT: Answer(0, "", "")}, "docker said of its state: ''"),
    ],
)
def test_last_words(
    answers: dict[tuple[str, ...], Answer], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_of(answers, monkeypatch)
    assert last_words(("docker",), "box") == words
    assert asked == list(answers)


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        (RUNC, "The engine's machine can't run the programs of this image."),
        (CRUN, "The engine's machine can't run the programs of this image."),
        (MISSING, "The image has no usable /bin/bash. cibuildwheel runs every step in one."),
        ("/bin/bash: line 1: exec: linux32: not found", "The image has no linux32"),
        # what an image's ENTRYPOINT makes of the command
        ("/bin/bash: /bin/bash: cannot execute binary file", "The image's ENTRYPOINT has to run"),
        ("/bin/bash: line 1: syntax error near unexpected token", ""),
        ("killed", ""),
    ],
)
def test_message(said: str, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_of({INSPECT: state(Error=said)}, monkeypatch)
    error = container_exited(("docker",), "box", "x:1", "linux/arm64")
    first, *others = str(error).split("\n")
    assert (
        first == f"The shell of the container from image 'x:1' for linux/arm64 has exited: {said}"
    )
    assert len(others) == bool(fix)
    assert "".join(others).startswith(fix and f"Fix: {fix}")
    assert error.return_code == 20
