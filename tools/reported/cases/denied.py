"""Registries that don't let one in, or have nothing, and what the engine has."""

from functools import partial

from tools.images.document import DOCKER
from tools.lab.generation import LOCKED_ADDRESS
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, content, single

AMD64, ARM64, I386 = "linux/amd64", "linux/arm64", "linux/386"
LOCAL = "https://github.com/nektos/act/issues/1633"
OTHER = "https://github.com/docker/for-win/issues/12302"
DENIED = "https://github.com/aws/copilot-cli/issues/5178"
I686 = "https://github.com/pypa/manylinux/issues/1640"
LOCKED = f"{LOCKED_ADDRESS}/reported/stored:1"
BUILD_IT = "build it with --platform=linux/arm64"


def _stored(stage: Stage, name: str, platform: str, label: str = "") -> str:
    return stage.load(single(label or platform, content(platform), DOCKER), name)


def _unknown(stage: Stage, platform: str, label: str = "") -> str:
    """Stored under a name that the registry has nothing of."""
    return _stored(stage, f"{stage.repository}:none", platform, label)


def _id(stage: Stage, platform: str) -> str:
    name = _stored(stage, "localhost/stored:1", platform)
    return stage.run("image", "inspect", "--format={{.Id}}", name)


def _locked(stage: Stage) -> str:
    return stage.push_behind(single(ARM64), LOCKED_ADDRESS)


ROWS = (
    Row(
        "local-short",
        LOCAL,
        "an image that was built here, by its short name",
        partial(_stored, name="stored:1", platform=ARM64),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "local-id",
        LOCAL,
        "the same, by its id",
        partial(_id, platform=ARM64),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "denied",
        DENIED,
        "the registry wants a login",
        _locked,
        "ImageAccessError",
        Open(ARM64),
        says=(" login",),
    ),
    Row(
        "denied-stored-i686",
        I686,
        "it does, and the engine has i686 content labelled amd64",
        partial(_stored, name=LOCKED, platform=I386, label=AMD64),
        I386,
        Open(I386),
    ),
    Row(
        "denied-stored-other",
        DENIED,
        "it does, and the engine has the image for another platform",
        partial(_stored, name=LOCKED, platform=AMD64),
        "ImagePlatformError",
        Open(ARM64),
        says=(BUILD_IT,),
    ),
    Row(
        "local-other-id",
        OTHER,
        "an image that was built here for another platform, by its id",
        partial(_id, platform=AMD64),
        "ImagePlatformError",
        Open(ARM64),
        says=(BUILD_IT,),
    ),
    Row(
        "local-other-unknown",
        OTHER,
        "the same, by a name that the registry has nothing of",
        partial(_unknown, platform=AMD64),
        "ImagePlatformError",
        Open(ARM64),
        says=(BUILD_IT,),
    ),
)
