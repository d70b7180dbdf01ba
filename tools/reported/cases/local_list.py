"""Lists of images that podman itself has."""

from functools import partial

from tools.images.document import DOCKER
from tools.reported.row import PODMAN, Open, Row
from tools.reported.stage import Stage, indexed, single

AMD64, ARM64 = "linux/amd64", "linux/arm64"


def _created(stage: Stage, name: str) -> str:
    """A list that was made by `podman manifest create` and `add`."""
    stage.run("manifest", "create", name)
    for n, platform in enumerate((AMD64, ARM64)):
        part = stage.load(single(platform, kind=DOCKER), f"localhost/part:{n}")
        stage.run("manifest", "add", name, f"containers-storage:{part}")
    return name


def _built(stage: Stage, name: str) -> str:
    base = stage.push(indexed(AMD64, ARM64), "base")
    (stage.folder / "Containerfile").write_text(f"FROM {base}\nLABEL built=here\n")
    both = f"--platform={AMD64},{ARM64}"
    stage.run("build", both, f"--manifest={name}", str(stage.folder))
    return name


ROWS = tuple(
    Row(
        name,
        report,
        what,
        prepare,
        ARM64,
        Open(ARM64),
        engines=PODMAN,
        why="Docker has no such lists",
    )
    for name, report, what, prepare in (
        (
            "list-built",
            "https://github.com/podman-container-tools/podman/issues/14773",
            "`podman build --platform linux/amd64,linux/arm64 --manifest localhost/multi:1`",
            partial(_built, name="localhost/multi:1"),
        ),
        (
            "list-built-short",
            "https://github.com/podman-container-tools/podman/issues/25913",
            "the same as `multi:1`",
            partial(_built, name="multi:1"),
        ),
        (
            "list-created",
            "https://github.com/podman-container-tools/container-libs/issues/64",
            "`podman manifest create` and `add`, with a name that a registry has nothing of",
            lambda stage: _created(stage, f"{stage.repository}:1"),
        ),
        (
            "list-older-in-registry",
            "https://github.com/podman-container-tools/container-libs/issues/64",
            "the same with one that it has another image of",
            lambda stage: _created(stage, stage.push(single(AMD64))),
        ),
    )
)
