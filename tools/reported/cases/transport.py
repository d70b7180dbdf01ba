"""Images that podman takes from elsewhere than a registry."""

from tools.images.archive import docker_archive, oci_layout
from tools.images.document import DOCKER
from tools.reported.row import DOCKER as DOCKERS
from tools.reported.row import PODMAN, Prepare, Row
from tools.reported.stage import Stage, indexed, single

AMD64, ARM64 = "linux/amd64", "linux/arm64"
RUN = "https://github.com/podman-container-tools/podman/issues/6744"
MIXED_UP = "https://github.com/containerd/nerdctl/issues/3536"
ISPYAGENT = "https://github.com/MekayelAnik/ispyagentdvr-docker/issues/48"


def _oci_archive(stage: Stage) -> str:
    file = stage.folder / "image.oci"
    with file.open("wb") as target:
        oci_layout(single(ARM64), "image", target)
    return f"oci-archive:{file}"


def _docker_archive(stage: Stage) -> str:
    file = stage.folder / "image.tar"
    with file.open("wb") as target:
        docker_archive(single(ARM64, kind=DOCKER), "localhost/image:1", target)
    return f"docker-archive:{file}"


def _saved(stage: Stage) -> str:
    """A folder that podman itself has saved an image to, which it then has no longer."""
    name = stage.push(single(ARM64))
    folder = stage.folder / "saved"
    stage.run("pull", f"--platform={ARM64}", name)
    stage.run("save", "--format=docker-dir", f"--output={folder}", name)
    stage.run("rmi", name)
    return f"dir:{folder}"


def _docker(stage: Stage) -> str:
    return f"docker://{stage.push(indexed(AMD64, ARM64))}"


def _pod(name: str, what: str, prepare: Prepare, report: str = RUN) -> Row:
    return Row(name, report, what, prepare, ARM64, engines=PODMAN, why="Docker knows no such names")


ROWS = (
    _pod("oci-archive", "an image as `oci-archive:FILE`", _oci_archive),
    _pod("docker-archive", "an image as `docker-archive:FILE`", _docker_archive),
    _pod("dir", "an image as `dir:FOLDER`", _saved),
    _pod(
        "docker-transport",
        "an index in a registry as `docker://NAME`",
        _docker,
        report=ISPYAGENT,
    ),
    Row(
        "oci-archive-docker",
        MIXED_UP,
        "`oci-archive:FILE`, and the engine is Docker",
        _oci_archive,
        "ImageNameError",
        engines=DOCKERS,
        why="podman takes it",
    ),
)
