"""What an index can list beside plain images, and images that are not what they should be."""

import gzip
import json
from dataclasses import replace

from tools.images.document import DOCKER, OCI, Content, Image
from tools.images.layer import Layer, blob

ARTIFACT = "application/vnd.example.sbom.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
ZSTD_TWIN = {"io.github.containers.compression.zstd": "true"}
"""The annotation of an entry that has the content of another one, compressed by zstd."""

OCI_ZSTD = replace(OCI, layer="application/vnd.oci.image.layer.v1.tar+zstd")
DOCKER_ZSTD = replace(DOCKER, layer="application/vnd.docker.image.rootfs.diff.tar.zstd")
"""What buildx makes with `compression=zstd` and without `oci-mediatypes=true`."""

NO_ARCHITECTURE = "linux"
"""As the platform of a `manifest`: its configuration names none."""

# https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
_MAGIC = bytes.fromhex("28b52ffd")
_ONE_SEGMENT_OF_EIGHT_BYTES_SIZE = b"\xe0"
_LONGEST_BLOCK = 128 * 1024


def artifact(about: str) -> Image:
    """A manifest that is no image: it has an artifactType, an empty configuration and a document.

    https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage
    """
    config, payload = blob(b"{}"), blob(json.dumps({"about": about}).encode())
    document = {
        "schemaVersion": 2,
        "mediaType": OCI.manifest,
        "artifactType": ARTIFACT,
        "config": {"mediaType": EMPTY, "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": ARTIFACT, "digest": payload.digest, "size": payload.size}],
    }
    return Image(OCI.manifest, json.dumps(document).encode(), (config, payload))


def by_zstd(content: Content) -> Content:
    """The same content in layers that only a zstd decoder unpacks."""
    return replace(content, layers=[_by_zstd(layer) for layer in content.layers])


def _by_zstd(layer: Layer) -> Layer:
    """The archive of `layer` in a frame of blocks that are stored as they are."""
    archive = gzip.decompress(layer.blob.read())
    frame = bytearray(_MAGIC + _ONE_SEGMENT_OF_EIGHT_BYTES_SIZE)
    frame += len(archive).to_bytes(8, "little")
    for start in range(0, len(archive), _LONGEST_BLOCK):
        block = archive[start : start + _LONGEST_BLOCK]
        is_last = start + _LONGEST_BLOCK >= len(archive)
        frame += ((len(block) << 3) | is_last).to_bytes(3, "little") + block
    return Layer(blob(bytes(frame)), layer.diff_id)
