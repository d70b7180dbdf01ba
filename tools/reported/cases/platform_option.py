"""Platforms that the user or the machine names elsewhere, and other ones of the same tag."""

from functools import partial

from tools.reported.row import DOCKER as DOCKERS
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, indexed

AMD64, ARM64 = "linux/amd64", "linux/arm64"
CREATE_ARGS = "https://github.com/pypa/cibuildwheel/issues/1771"
VARIABLE = "https://github.com/docker/compose/issues/10041"
OTHER = "https://github.com/docker/for-win/issues/12302"


def _index(stage: Stage) -> str:
    return stage.push(indexed(AMD64, ARM64, attested=True))


def _variable(stage: Stage, platform: str) -> str:
    stage.env["DOCKER_DEFAULT_PLATFORM"] = platform
    return _index(stage)


def _pulled(stage: Stage, platform: str) -> str:
    """What the engine has of the tag is for `platform`."""
    name = _index(stage)
    stage.run("pull", f"--platform={platform}", name)
    return name


def _offline(stage: Stage) -> str:
    name = _pulled(stage, ARM64)
    stage.stack.enter_context(stage.engine.registry_down())
    return name


ROWS = (
    Row(
        "platform-in-create-args-other",
        CREATE_ARGS,
        "`--platform` in `create_args`, and builds of another platform",
        _index,
        AMD64,
        Open(AMD64, option="create_args: --platform=linux/arm64/v8"),
        says=("is ignored",),
    ),
    Row(
        "platform-variable",
        VARIABLE,
        "`DOCKER_DEFAULT_PLATFORM` names another platform",
        partial(_variable, platform=AMD64),
        ARM64,
        Open(ARM64),
        engines=DOCKERS,
        why="the variable is Docker's",
    ),
    Row(
        "tag-of-other",
        OTHER,
        "the engine has the tag for another platform",
        partial(_pulled, platform=AMD64),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "tag-offline",
        OTHER,
        "the engine has the tag for the wanted platform, and finds no registry",
        _offline,
        ARM64,
        Open(ARM64),
    ),
)
