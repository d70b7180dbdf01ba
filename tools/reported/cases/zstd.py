"""Layers that are compressed by zstd."""

from functools import partial

from tools.images.document import DOCKER, OCI, Kind
from tools.images.listed import DOCKER_ZSTD, OCI_ZSTD, by_zstd
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, content, single

ARM64 = "linux/arm64"
TAR_HEADER = "https://github.com/stalwartlabs/stalwart/issues/1192"
MEDIA_TYPE = "https://github.com/imagegenius/docker-immich/issues/711"
# What takes no Docker manifest whose layers are compressed so, also of an image that it has.
REFUSE = dict.fromkeys(
    ("docker26-containerd", "podman3", "podman4", "podman4.9", "podman5.4"), "PullError"
)
GZIP = "https://github.com/sdr-enthusiasts/docker-adsb-ultrafeeder/issues/235"


def _push(stage: Stage, kind: Kind) -> str:
    return stage.push(single(ARM64, by_zstd(content(ARM64)), kind))


def _known(stage: Stage, before: Kind, now: Kind) -> str:
    """What was published with layers compressed by gzip, as the engine has it, is by zstd now."""
    of = content(ARM64)
    stage.run("pull", f"--platform={ARM64}", stage.push(single(ARM64, of, before), "before"))
    return stage.push(single(ARM64, by_zstd(of), now))


ROWS = (
    Row(
        "zstd-oci",
        TAR_HEADER,
        "an OCI image with layers compressed by zstd, which Docker before 23 can't unpack",
        partial(_push, kind=OCI_ZSTD),
        ARM64,
        Open(ARM64),
        right_on={"docker20": "PullError"},
    ),
    Row(
        "zstd-docker",
        MEDIA_TYPE,
        "the same in a Docker manifest, which podman before 5.7 and Docker 26 refuse",
        partial(_push, kind=DOCKER_ZSTD),
        ARM64,
        Open(ARM64),
        right_on={"docker20": "PullError", **REFUSE},
    ),
    Row(
        "zstd-oci-known",
        GZIP,
        "an image is compressed by zstd now, and the engine has the layers of before, by gzip",
        partial(_known, before=OCI, now=OCI_ZSTD),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "zstd-docker-known",
        GZIP,
        "the same in Docker manifests",
        partial(_known, before=DOCKER, now=DOCKER_ZSTD),
        ARM64,
        Open(ARM64),
        right_on=REFUSE,
    ),
)
