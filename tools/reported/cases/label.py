"""Images that say of themselves that they are of another platform, or of none."""

from functools import partial

from tools.images.document import DOCKER, OCI, Entry, index
from tools.images.listed import NO_ARCHITECTURE
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, content, single

AMD64, ARM64, I386 = "linux/amd64", "linux/arm64", "linux/386"
CONFIG = "https://github.com/coredns/coredns/issues/3669"
NONE = "https://github.com/bazel-contrib/rules_oci/issues/117"
NONE_STORED = "https://github.com/buildpacks/pack/issues/2315"
I686 = "https://github.com/pypa/manylinux/issues/1640"
USE = f'image-platform = "{AMD64}"'
SAID = Open(ARM64, label=AMD64)


def _config(stage: Stage, label: str, *, beside: bool = False) -> str:
    """An index that is right, of an image whose configuration is labelled `label`."""
    entries = [Entry(single(label, content(ARM64)), ARM64)]
    more = [Entry(single(AMD64), AMD64)] if beside else []
    return stage.push(index(OCI, [*more, *entries]))


def _unlabelled(stage: Stage) -> str:
    return stage.push(single(NO_ARCHITECTURE, content(ARM64), DOCKER))


def _stored(stage: Stage, label: str, platform: str = ARM64) -> str:
    return stage.load(single(label, content(platform), DOCKER), "localhost/label:1")


def _i686_in_index(stage: Stage) -> str:
    return stage.push(index(OCI, [Entry(single(AMD64, content(I386)), AMD64)]))


ROWS = (
    Row(
        "label-config",
        CONFIG,
        "an index that says linux/arm64 of an image which says linux/amd64",
        partial(_config, label=AMD64),
        "ImagePlatformError",
        Open(ARM64),
        says=(USE,),
    ),
    Row(
        "label-config-said",
        CONFIG,
        "an index with both, and the user says that the image is right and its label is not",
        partial(_config, label=AMD64, beside=True),
        ARM64,
        SAID,
    ),
    Row(
        "label-config-none",
        NONE,
        "an index that says linux/arm64 of an image which names no architecture",
        partial(_config, label=NO_ARCHITECTURE),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "label-none",
        "https://github.com/encoredev/encore/issues/1739",
        "a single image that names no architecture",
        _unlabelled,
        ARM64,
        Open(ARM64),
    ),
    Row(
        "label-wrong-said",
        "https://github.com/docker/cli/issues/3408",
        "what was imported for linux/arm64 and is labelled linux/amd64, as the user says",
        partial(_stored, label=AMD64),
        ARM64,
        SAID,
    ),
    Row(
        "label-none-stored",
        NONE_STORED,
        "an image without an architecture that the engine has",
        partial(_stored, label=NO_ARCHITECTURE),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "label-i686-index",
        I686,
        "an i686 image of manylinux from before August 2024, labelled amd64, in an index",
        _i686_in_index,
        I386,
        Open(I386),
    ),
    Row(
        "label-i686-stored",
        I686,
        "the same, as the engine has it, and no registry",
        partial(_stored, label=AMD64, platform=I386),
        I386,
        Open(I386),
    ),
)
