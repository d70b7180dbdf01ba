"""Registries and mirrors that have an image by its tag, and not by its digest."""

from tools.images.document import DOCKER, Image
from tools.lab.generation import ADDRESS, FAULTY_ADDRESS
from tools.reported.row import PODMAN, Open, Row
from tools.reported.stage import Stage, indexed, single

AMD64, ARM64 = "linux/amd64", "linux/arm64"
TAG_ONLY = "https://github.com/containers/image/pull/1411"
BY_TAG = ("docker20", "docker26", *PODMAN)
ORIGIN = "127.0.0.1:9"
"""Where nobody answers."""

_MIRROR = f"""
[[registry]]
location = "{ORIGIN}"
insecure = true
[[registry.mirror]]
location = "{ADDRESS}"
insecure = true
pull-from-mirror = "tag-only"
"""
_CONFIGURATION = "/etc/containers/registries.conf.d/mirror.conf"


def _mirrored(stage: Stage, image: Image) -> str:
    stage.engine.sandbox.write(_CONFIGURATION, _MIRROR)
    stage.stack.callback(stage.engine.sandbox.run, "rm", _CONFIGURATION)
    return f"{ORIGIN}/{stage.push(image).partition('/')[2]}"


def _by_tag(stage: Stage) -> str:
    return f"{FAULTY_ADDRESS}/tags-only/{stage.push(single(ARM64, kind=DOCKER)).partition('/')[2]}"


def _by_tag_asked(stage: Stage) -> str:
    stage.path.append(stage.engine.sandbox.folder / "skopeo")
    return _by_tag(stage)


ROWS = (
    Row(
        "mirror-of-tags-single",
        TAG_ONLY,
        "a single image on a mirror that podman asks for tags only, and no other registry",
        lambda stage: _mirrored(stage, single(ARM64)),
        ARM64,
        Open(ARM64),
        engines=PODMAN,
        why="other engines know no such mirror",
    ),
    Row(
        "mirror-of-tags-index",
        TAG_ONLY,
        "the same with an index",
        lambda stage: _mirrored(stage, indexed(AMD64, ARM64)),
        ARM64,
        Open(ARM64),
        engines=PODMAN,
        why="other engines know no such mirror",
    ),
    Row(
        "registry-of-tags",
        "https://github.com/moby/moby/issues/24636",
        "a single image on a registry that gives no manifest by digest",
        _by_tag,
        ARM64,
        Open(ARM64),
        engines=BY_TAG,
        why="Docker 28 and containerd ask for the digest of each tag",
    ),
    Row(
        "registry-of-tags-asked",
        "https://github.com/moby/moby/issues/24636",
        "the same where skopeo can ask it",
        _by_tag_asked,
        ARM64,
        Open(ARM64),
        engines=BY_TAG,
        why="Docker 28 and containerd ask for the digest of each tag",
    ),
)
