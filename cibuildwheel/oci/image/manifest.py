"""An image as a registry describes it, as plain values. No input or output.

Facts: the OCI image manifest, index and config specifications
(https://github.com/opencontainers/image-spec), Docker's image manifest version 2, schema 2
(https://distribution.github.io/distribution/spec/manifest-v2-2/).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cibuildwheel.oci.wanted.platform import Platform, parse_platform
from cibuildwheel.oci.wanted.reference import DIGEST

UNKNOWN = "unknown"
ATTESTATION = ("vnd.docker.reference.type", "attestation-manifest")


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


@dataclass(frozen=True)
class Entry:
    """One manifest that an index names. `platform` is None where the index gives none."""

    digest: str
    platform: Platform | None
    nested: bool = False
    attestation: bool = False


@dataclass(frozen=True)
class Index:
    """A Docker manifest list or an OCI index."""

    shape: Shape
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Manifest:
    """A single image. `size` is that of its layers as they are pulled, in bytes."""

    shape: Shape
    config: str
    size: int


class SchemaOneError(ValueError):
    """The document is of Docker's schema 1, which engines no longer pull."""


def parse_document(text: str) -> Index | Manifest:
    """The index or manifest in `text`, as the registry stores it.

    Where there is no `mediaType`, which OCI allows, the fields tell. Raises SchemaOneError for
    Docker's schema 1, ValueError for anything else that is neither.
    """
    document = _object(_json(text), "the document")
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
    return parse_platform_object(_object(_json(text), "the config"))


def parse_described(text: str) -> tuple[str, Platform | None]:
    """The digest of a single image and its platform, as `docker manifest inspect --verbose` tells.

    Raises ValueError if `text` is not of that form.
    """
    described = _object(_json(text), "the description")
    descriptor = _object(described.get("Descriptor"), "the descriptor")
    return _digest(descriptor), parse_platform_object(descriptor.get("platform"))


def _index(document: dict[str, Any], media_type: object) -> Index:
    shape = Shape.MANIFEST_LIST if media_type == Shape.MANIFEST_LIST.value else Shape.OCI_INDEX
    return Index(shape, tuple(_entry(fields) for fields in document["manifests"]))


def _entry(fields: object) -> Entry:
    entry = _object(fields, "an entry of the index")
    platform = parse_platform_object(entry.get("platform"))
    annotations = entry.get("annotations")
    key, value = ATTESTATION
    attested = isinstance(annotations, dict) and annotations.get(key) == value
    unknown = platform is not None and UNKNOWN in {platform.os, platform.architecture}
    nested = entry.get("mediaType") in [shape.value for shape in INDEXES]
    return Entry(_digest(entry), platform, nested, attested or unknown)


def _manifest(document: dict[str, Any], media_type: object) -> Manifest:
    legacy = media_type == Shape.LEGACY_MANIFEST.value
    layers = document.get("layers")
    size = sum(_size(_object(x, "a layer")) for x in layers) if isinstance(layers, list) else 0
    shape = Shape.LEGACY_MANIFEST if legacy else Shape.OCI_MANIFEST
    return Manifest(shape, _digest(document["config"]), size)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"no JSON: {error}"
        raise ValueError(msg) from None


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        msg = f"{what} is no JSON object"
        raise ValueError(msg)
    return value


def _digest(descriptor: dict[str, Any]) -> str:
    digest = descriptor.get("digest")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        msg = f"{digest!r} is not a digest"
        raise ValueError(msg)
    return digest


def _size(descriptor: dict[str, Any]) -> int:
    size = descriptor.get("size")
    return size if isinstance(size, int) and size > 0 else 0
