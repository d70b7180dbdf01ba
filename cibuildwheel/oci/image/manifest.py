"""An image as a registry describes it, as plain values. No input or output.

Facts: the OCI image manifest, index and config specifications
(https://github.com/opencontainers/image-spec), Docker's image manifest version 2, schema 2
(https://distribution.github.io/distribution/spec/manifest-v2-2/).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cibuildwheel.oci.image.fields import as_object, digest_in, is_annotated, json_object, size_in
from cibuildwheel.oci.wanted.platform import Platform, parse_platform

if TYPE_CHECKING:
    from cibuildwheel.oci.image.fields import Fields

UNKNOWN = "unknown"
ATTESTATION = ("vnd.docker.reference.type", "attestation-manifest")
# The twin of another entry, of the same content
# (https://github.com/containers/image/blob/main/internal/manifest/oci_index.go).
ZSTD_TWIN = ("io.github.containers.compression.zstd", "true")
# The media types of an image's config, and those that registries had for it before 2017
# (https://github.com/moby/moby/issues/22378).
IMAGE_CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/octet-stream",
    "application/json",
    "text/html",
)


class Shape(Enum):
    """What an image is made as. The value is the media type of its document."""

    LEGACY_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
    OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
    MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
    OCI_INDEX = "application/vnd.oci.image.index.v1+json"

    def __str__(self) -> str:
        """The shape in the words that documentation uses for it."""
        return {
            Shape.LEGACY_MANIFEST: "Docker manifest",
            Shape.OCI_MANIFEST: "OCI manifest",
            Shape.MANIFEST_LIST: "Docker manifest list",
            Shape.OCI_INDEX: "OCI index",
        }[self]


INDEXES = (Shape.MANIFEST_LIST, Shape.OCI_INDEX)
MANIFESTS = (Shape.LEGACY_MANIFEST, Shape.OCI_MANIFEST)


@dataclass(frozen=True)
class Entry:
    """One manifest that an index names. `platform` is None where the index gives none.

    `doubtful` is what need not be an image, or not one for every client: another entry of the
    platform is better.
    """

    digest: str
    platform: Platform | None
    nested: bool = False
    attestation: bool = False
    doubtful: bool = False
    shape: Shape = Shape.OCI_MANIFEST


@dataclass(frozen=True)
class Index:
    """A Docker manifest list or an OCI index."""

    shape: Shape
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Manifest:
    """A single image. `size` is that of its layers as they are pulled, in bytes.

    `doubtful` is one that says that it is something else; `zstd` one with layers that say that
    they are compressed so.
    """

    shape: Shape
    config: str
    size: int
    doubtful: bool = False
    zstd: bool = False


class SchemaOneError(ValueError):
    """The document is of Docker's schema 1, which engines no longer pull."""


def parse_document(text: str) -> Index | Manifest:
    """The index or manifest in `text`, as the registry stores it.

    Where there is no `mediaType`, which OCI allows, the fields tell. Raises SchemaOneError for
    Docker's schema 1, ValueError for anything else that is neither.
    """
    document = json_object(text, "the document")
    media_type = document.get("mediaType")
    if document.get("schemaVersion") == 1 or "fsLayers" in document:
        msg = "the image is of Docker's schema 1"
        raise SchemaOneError(msg)
    if isinstance(document.get("manifests"), list):
        return _index(document, media_type)
    if isinstance(document.get("config"), dict):
        return _manifest(document, media_type)
    msg = f"neither an index nor a manifest (mediaType {media_type!r})"
    raise ValueError(msg)


def parse_platform_object(fields: object) -> Platform | None:
    """The platform in an index entry's `platform` or in an image's config; None if it has none."""
    if not isinstance(fields, dict):
        return None
    names = [fields.get(key) or "" for key in ("os", "architecture", "variant")]
    if not all(isinstance(name, str) for name in names) or "" in names[:2]:
        return None
    try:
        return parse_platform("/".join(filter(None, names)))
    except ValueError:
        return None


def parse_config(text: str) -> Platform | None:
    """The platform that an image's config claims; None if it claims none.

    Raises ValueError if `text` is no JSON object.
    """
    return parse_platform_object(json_object(text, "the config"))


def parse_described(text: str) -> tuple[str, Platform | None, Manifest]:
    """A single image as `docker manifest inspect --verbose` tells: digest, platform, manifest.

    Raises ValueError if `text` is not of that form.
    """
    described = json_object(text, "the description")
    descriptor = as_object(described.get("Descriptor"), "the descriptor")
    inner = described.get("OCIManifest") or described.get("SchemaV2Manifest")
    manifest = _manifest(as_object(inner, "the manifest"), descriptor.get("mediaType"))
    return digest_in(descriptor), parse_platform_object(descriptor.get("platform")), manifest


def _index(document: Fields, media_type: object) -> Index:
    shape = Shape.MANIFEST_LIST if media_type == Shape.MANIFEST_LIST.value else Shape.OCI_INDEX
    return Index(shape, tuple(_entry(fields) for fields in document["manifests"]))


def _entry(fields: object) -> Entry:
    entry = as_object(fields, "an entry of the index")
    platform = parse_platform_object(entry.get("platform"))
    attested = is_annotated(entry, ATTESTATION)
    unknown = platform is not None and UNKNOWN in {platform.os, platform.architecture}
    media_type = entry.get("mediaType")
    nested = media_type in [shape.value for shape in INDEXES]
    legacy = media_type == Shape.LEGACY_MANIFEST.value
    shape = Shape.LEGACY_MANIFEST if legacy else Shape.OCI_MANIFEST
    doubtful = not nested and _is_doubtful(entry)
    return Entry(digest_in(entry), platform, nested, attested or unknown, doubtful, shape)


def _is_doubtful(entry: Fields) -> bool:
    """Whether clients may have to pass over an entry, or some of them can't use it.

    A media type that is not known is no error, an artifact is no image, and each feature that is
    named is mandatory (OCI image index specification; `features` is Docker's).
    """
    unknown = entry.get("mediaType") not in (None, *(shape.value for shape in MANIFESTS))
    platform = entry.get("platform")
    needs = isinstance(platform, dict) and (platform.get("os.features") or platform.get("features"))
    is_artifact = entry.get("artifactType") not in (None, "", *IMAGE_CONFIGS)
    return unknown or is_artifact or bool(needs) or is_annotated(entry, ZSTD_TWIN)


def _manifest(document: Fields, media_type: object) -> Manifest:
    legacy = media_type == Shape.LEGACY_MANIFEST.value
    config = as_object(document.get("config"), "the config")
    listed = document.get("layers")
    layers = [as_object(x, "a layer") for x in listed] if isinstance(listed, list) else []
    return Manifest(
        Shape.LEGACY_MANIFEST if legacy else Shape.OCI_MANIFEST,
        digest_in(config),
        sum(map(size_in, layers)),
        doubtful=config.get("mediaType") not in (None, "", *IMAGE_CONFIGS),
        zstd=any(str(layer.get("mediaType")).endswith("zstd") for layer in layers),
    )
