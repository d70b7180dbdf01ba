"""What is in the way of an engine."""

import json
from functools import partial

from tools.reported.row import DOCKER, Build, Open, Row
from tools.reported.stage import Stage, indexed

AMD64, ARM64 = "linux/amd64", "linux/arm64"
API = "https://github.com/ray-project/kuberay/pull/4188"
CONTEXT = "https://github.com/getsentry/sentry/pull/76334"
HELPER = "https://github.com/podman-desktop/podman-desktop/issues/5375"


def _image(stage: Stage) -> str:
    return stage.push(indexed(AMD64, ARM64))


def _set(stage: Stage, variable: str, value: str) -> str:
    name = _image(stage)
    stage.env[variable] = value
    return name


def _helper(stage: Stage) -> str:
    """A configuration that was copied from a machine with Docker Desktop."""
    folder = stage.folder / "configuration"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"credsStore": "desktop.exe"}))
    return _set(stage, "DOCKER_CONFIG", str(folder))


ROWS = tuple(
    Row(
        name, report, what, prepare, right, ask, says=(says,), engines=DOCKER,
        why="podman has no such thing",
    )
    for name, report, what, prepare, right, ask, says in (
        (
            "api-too-old",
            API,
            "`DOCKER_API_VERSION` names one that is too old",
            partial(_set, variable="DOCKER_API_VERSION", value="1.40"),
            "EngineUnusableError",
            Build(("aarch64",)),
            "Unset DOCKER_API_VERSION",
        ),
        (
            "api-too-new",
            API,
            "the same of one that the daemon does not have yet",
            partial(_set, variable="DOCKER_API_VERSION", value="1.99"),
            "EngineUnusableError",
            Build(("aarch64",)),
            "Unset DOCKER_API_VERSION",
        ),
        (
            "no-context",
            CONTEXT,
            "`DOCKER_CONTEXT` names one that there is not",
            partial(_set, variable="DOCKER_CONTEXT", value="nope"),
            "EngineUnusableError",
            Build(("aarch64",)),
            "correct or unset DOCKER_CONTEXT=nope",
        ),
        (
            "no-helper",
            HELPER,
            "the program that keeps the passwords is missing",
            _helper,
            ARM64,
            Open(ARM64),
            "",
        ),
    )
)  # fmt: skip
