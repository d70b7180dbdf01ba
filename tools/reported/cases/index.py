"""Indexes whose parts are not what they were, or are not what they seem."""

from functools import partial

from tools.images.document import DOCKER, OCI, Entry, Image, Kind, index
from tools.images.listed import OCI_ZSTD, ZSTD_TWIN, artifact, by_zstd
from tools.reported.row import PODMAN, Build, Open, Row
from tools.reported.stage import Stage, content, indexed, pythons, single, wheel

AMD64, ARM64 = "linux/amd64", "linux/arm64"
UNTAGGED = "https://github.com/chizkiyahu/delete-untagged-ghcr-action/issues/45"
SBOM = "https://github.com/inspektor-gadget/inspektor-gadget/pull/5495"
TWIN = "https://github.com/podman-container-tools/buildah/pull/4912"
NO_SKOPEO = ("docker20", *PODMAN)
"""Engines of the lab whose clients can't tell what an OCI index lists."""
BOTH = Build(("x86_64", "aarch64"))


def _attested(stage: Stage) -> str:
    return stage.push(indexed(ARM64, attested=True))


def _of(platform: str, kind: Kind = OCI) -> Image:
    return single(platform, content(platform, pythons(platform)), kind)


def _builds(stage: Stage, *platforms: str) -> str:
    return stage.push(index(OCI, [Entry(_of(platform), platform) for platform in platforms]))


def _without(stage: Stage, part: str) -> str:
    """An index for two platforms of which a part is gone, of linux/arm64 if it says no other."""
    made = indexed(AMD64, ARM64, kind=DOCKER, attested=True)
    amd64, arm64, *proofs = made.children
    name = stage.push(made)
    gone = {
        "manifest": [arm64.digest],
        "config": [arm64.blobs[0].digest],
        "layer": [arm64.blobs[-1].digest],
        "attestation": [proof.digest for proof in proofs],
        "amd64": [amd64.digest],
    }
    for digest in gone[part]:
        stage.delete(digest)
    return name


def _builds_without(stage: Stage, part: int | None) -> str:
    """The same for builds: of linux/arm64 the manifest is gone, or that blob of it."""
    amd64, arm64 = _of(AMD64, DOCKER), _of(ARM64, DOCKER)
    name = stage.push(index(DOCKER, [Entry(amd64, AMD64), Entry(arm64, ARM64)]))
    stage.delete(arm64.digest if part is None else arm64.blobs[part].digest)
    return name


def _without_config(stage: Stage) -> str:
    image = single(ARM64, kind=DOCKER)
    name = stage.push(image)
    stage.delete(image.blobs[0].digest)
    return name


def _listing(stage: Stage, *kinds: str, platform: str | None = ARM64) -> str:
    """An index of `kinds`, in that order: an image, and others of the same platform."""
    of = content(ARM64)
    made: dict[str, list[Entry]] = {
        "image": [Entry(single(ARM64, of), ARM64)],
        "sbom": [Entry(artifact("sbom"), platform)],
        "zstd": [Entry(single(ARM64, by_zstd(of), OCI_ZSTD), ARM64, ZSTD_TWIN)],
    }
    return stage.push(index(OCI, [entry for kind in kinds for entry in made[kind]]))


def _advised(stage: Stage) -> str:
    stage.path.append(stage.engine.sandbox.folder / "skopeo")
    return _listing(stage, "sbom", "image")


ROWS = (
    Row(
        "index-attested",
        "https://github.com/pypa/cibuildwheel/issues/1771",
        "buildx has made an index of one platform and its attestation",
        _attested,
        ARM64,
        Open(ARM64),
    ),
    Row(
        "index-builds",
        "https://github.com/pypa/cibuildwheel/issues/1771",
        "one index for the builds of two platforms",
        lambda stage: _builds(stage, AMD64, ARM64),
        f"{wheel(ARM64)} {wheel(AMD64)}",
        Build(),
    ),
    Row(
        "index-lacking",
        "https://github.com/pypa/cibuildwheel/issues/2046",
        "an index without the platform",
        lambda stage: _builds(stage, AMD64, "linux/s390x"),
        "PlatformNotOfferedError",
        BOTH,
        never=("x-1-cp313",),
    ),
    Row(
        "index-manifest-gone",
        UNTAGGED,
        "a clean-up of what has no tag has deleted the platform's manifest",
        partial(_without, part="manifest"),
        "ImageNotFoundError",
        Open(ARM64),
    ),
    Row(
        "index-sparse",
        "https://github.com/distribution/distribution/issues/3628",
        "a mirror has copied the wanted platform of an index only",
        partial(_without, part="amd64"),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "single-config-gone",
        UNTAGGED,
        "a single image whose configuration is gone",
        _without_config,
        "ImageNotFoundError",
        Open(ARM64),
    ),
    Row(
        "index-attestation-gone",
        UNTAGGED,
        "a clean-up has deleted the attestations only",
        partial(_without, part="attestation"),
        ARM64,
        Open(ARM64),
    ),
    Row(
        "index-layer-gone-builds",
        UNTAGGED,
        "a layer of the second of two builds is gone: no build is begun",
        partial(_builds_without, part=-1),
        "ImageNotFoundError",
        BOTH,
        never=("x-1-cp313",),
    ),
    Row(
        "index-sbom-first",
        SBOM,
        "an index with a list of materials for the platform, and the image behind it",
        lambda stage: _listing(stage, "sbom", "image"),
        ARM64,
        Open(ARM64),
        right_on=dict.fromkeys(NO_SKOPEO, "PullError"),
    ),
    Row(
        "index-sbom-first-skopeo",
        SBOM,
        "the same with skopeo, as the advice is where nothing else can tell them apart",
        _advised,
        ARM64,
        Open(ARM64),
        never=("more than once",),
    ),
    Row(
        "index-zstd-first",
        TWIN,
        "the image twice, compressed by zstd and, behind it, by gzip",
        lambda stage: _listing(stage, "zstd", "image"),
        ARM64,
        Open(ARM64),
        right_on={"docker20": "PullError"},
    ),
)
