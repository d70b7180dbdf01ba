"""`--pull`, and options for a pull, in `create_args`."""

from functools import partial

from tools.images.document import DOCKER
from tools.lab.generation import ADDRESS, LOCKED_ADDRESS
from tools.reported.cases.kept import image
from tools.reported.row import PODMAN, Open, Row
from tools.reported.stage import Stage, single

ARM64 = "linux/arm64"
LOCALHOST = "https://github.com/podman-container-tools/podman/issues/22413"
WITHOUT_TLS = "https://github.com/containers/podman/issues/11129"
LOGIN = "https://github.com/podman-container-tools/podman/pull/26692"
# of which the engines' configuration says nothing
OTHER_NAME = ADDRESS.replace("127.0.0.1", "localhost")
NEWER = "https://github.com/osbuild/bootc-image-builder/issues/637"


def _again(stage: Stage) -> str:
    """A second run, on what the user has pulled and somebody has pushed anew since."""
    name = stage.push(image("first"))
    stage.run("pull", f"--platform={ARM64}", name)
    stage.again(name)
    return stage.push(image("second"))


def _offline(stage: Stage) -> str:
    name = stage.push(single(ARM64))
    stage.again(name)
    stage.stack.enter_context(stage.engine.registry_down())
    return name


def _local(stage: Stage) -> str:
    return stage.load(single(ARM64, kind=DOCKER), "localhost/pull:1")


def _elsewhere(stage: Stage, address: str) -> str:
    return stage.push_behind(single(ARM64), address)


def _option(policy: str) -> Open:
    return Open(ARM64, option=f"create_args: --pull={policy}")


ROWS = (
    Row(
        "pull-always",
        LOCALHOST,
        "the second run with `--pull=always`, of what the user has and the registry has anew",
        _again,
        "second",
        _option("always"),
    ),
    Row("pull-newer", NEWER, "the same with `--pull=newer`", _again, "second", _option("newer")),
    Row("pull-never", NEWER, "the same with `--pull=never`", _again, "first", _option("never")),
    Row(
        "pull-always-local",
        LOCALHOST,
        "`--pull=always`, and an image of the engine's own: no registry has it",
        _local,
        ARM64,
        _option("always"),
    ),
    Row(
        "pull-always-offline",
        LOCALHOST,
        "the second run with `--pull=always` finds no registry",
        _offline,
        ARM64,
        _option("always"),
    ),
    Row(
        "pull-without-tls",
        WITHOUT_TLS,
        "a registry without TLS, and `--tls-verify=false` in `create_args`",
        partial(_elsewhere, address=OTHER_NAME),
        ARM64,
        Open(ARM64, option="create_args: --tls-verify=false"),
        engines=PODMAN,
        why="Docker's client has no such option",
    ),
    Row(
        "pull-with-login",
        LOGIN,
        "a registry that wants a login, and `--creds` in `create_args`",
        partial(_elsewhere, address=LOCKED_ADDRESS),
        ARM64,
        Open(ARM64, option="create_args: --creds=lab:lab"),
        engines=("podman5.8",),
        why="`podman create` has it since 5.6",
    ),
)
