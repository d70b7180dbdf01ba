"""Lists that `docker manifest create` has left on the user's machine."""

from tools.images.document import DOCKER as KIND
from tools.images.document import Entry, index
from tools.reported.row import DOCKER, Open, Row
from tools.reported.stage import Stage, single

AMD64, ARM64 = "linux/amd64", "linux/arm64"
CACHED = "https://github.com/docker/cli/issues/954"


def _created(stage: Stage) -> str:
    """The registry has both platforms, and the list of amd64 alone that was made here is older."""
    amd64, arm64 = (single(platform, kind=KIND) for platform in (AMD64, ARM64))
    part = stage.push(amd64, "1-amd64")
    configuration = stage.folder / "configuration"
    configuration.mkdir()
    name = stage.push(index(KIND, [Entry(amd64, AMD64), Entry(arm64, ARM64)]))
    here = f"--config={configuration}"
    stage.run(here, "manifest", "create", "--insecure", name, part)
    stage.env["DOCKER_CONFIG"] = str(configuration)
    return name


ROWS = (
    Row(
        "own-list",
        CACHED,
        "`docker manifest create` was run here, before the registry had the platform",
        _created,
        ARM64,
        Open(ARM64),
        engines=DOCKER,
        why="podman's lists are images of the engine",
    ),
)
