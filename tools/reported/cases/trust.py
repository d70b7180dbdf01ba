"""Images whose signature the user wants checked."""

from tools.images.document import DOCKER as DOCKER_KIND
from tools.reported.row import DOCKER, Open, Row
from tools.reported.stage import Stage, single

ARM64 = "linux/arm64"


def _unsigned(stage: Stage) -> str:
    stage.env["DOCKER_CONTENT_TRUST"] = "1"
    return stage.push(single(ARM64, kind=DOCKER_KIND))


ROWS = (
    Row(
        "trust-unsigned",
        "https://github.com/moby/tool/issues/138",
        "an image that nobody has signed, and `DOCKER_CONTENT_TRUST=1`",
        _unsigned,
        "PullError",
        Open(ARM64),
        engines=DOCKER,
        why="podman reads no such variable",
    ),
    Row(
        "trust-none",
        "https://github.com/moby/moby/issues/25852",
        "the same, and `--disable-content-trust` in `create_args`",
        _unsigned,
        ARM64,
        Open(ARM64, option="create_args: --disable-content-trust"),
        engines=DOCKER,
        why="podman reads no such variable",
    ),
)
