"""The documents that describe an image, and images put together from them.

Manifests and indexes of the OCI image specification
(https://github.com/opencontainers/image-spec), and Docker's "image manifest version 2, schema 2"
and its manifest list (https://distribution.github.io/distribution/spec/manifest-v2-2/).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tools.images.layer import Blob, Layer, blob, digest

Json: TypeAlias = dict[str, Any]

CREATED = "2025-01-01T00:00:00Z"


@dataclass(frozen=True)
class Kind:
    """A family of media types."""

    name: str
    manifest: str
    index: str
    config: str
    layer: str


DOCKER = Kind(
    name="docker",
    manifest="application/vnd.docker.distribution.manifest.v2+json",
    index="application/vnd.docker.distribution.manifest.list.v2+json",
    config="application/vnd.docker.container.image.v1+json",
    layer="application/vnd.docker.image.rootfs.diff.tar.gzip",
)
OCI = Kind(
    name="oci",
    manifest="application/vnd.oci.image.manifest.v1+json",
    index="application/vnd.oci.image.index.v1+json",
    config="application/vnd.oci.image.config.v1+json",
    layer="application/vnd.oci.image.layer.v1.tar+gzip",
)
PROVENANCE = "https://slsa.dev/provenance/v0.2"
UNKNOWN = "unknown/unknown"


@dataclass(frozen=True)
class Content:
    """What an image holds, and the `config` object of its configuration."""

    layers: Sequence[Layer]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Image:
    """A manifest with its blobs, or an index with its images.

    `data` is the document byte for byte; `media_type` is what it is served as, whether or not the
    document says so itself.
    """

    media_type: str
    data: bytes
    blobs: tuple[Blob, ...] = ()
    children: "tuple[Image, ...]" = ()

    @property
    def digest(self) -> str:
        """The digest that the image is known by."""
        return digest(self.data)

    def json(self) -> Json:
        """The document, decoded."""
        document: Json = json.loads(self.data)
        return document

    def walk(self) -> "Iterator[Image]":
        """Every image within, innermost first, and then this one."""
        for child in self.children:
            yield from child.walk()
        yield self


@dataclass(frozen=True)
class Entry:
    """An image in an index, and what the index says of it, in `more` fields if there are any."""

    image: Image
    platform: str | None = None
    annotations: Mapping[str, str] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def manifest(kind: Kind, content: Content, platform: str, *, media_type: bool = True) -> Image:
    """An image with `content`, labelled `platform` in its configuration, right or wrong.

    `media_type=False` leaves the field out of the document.
    """
    config = {
        "created": CREATED,
        **platform_fields(platform),
        "config": dict(content.config),
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in content.layers]},
        "history": [{"created": CREATED, "created_by": "tools.images"} for _ in content.layers],
    }
    layers = [(kind.layer, layer.blob) for layer in content.layers]
    return _manifest(kind, blob(_encode(config)), layers, media_type=media_type)


def index(kind: Kind, entries: Sequence[Entry], *, media_type: bool = True) -> Image:
    """An index (for Docker: a manifest list) of `entries`, in their order."""
    document = {
        "schemaVersion": 2,
        **({"mediaType": kind.index} if media_type else {}),
        "manifests": [_entry(entry) for entry in entries],
    }
    images = tuple(entry.image for entry in entries)
    return Image(kind.index, _encode(document), children=images)


def attestation(subject: Image, platform: str) -> Entry:
    """The provenance of `subject`, as BuildKit adds it to an index by default.

    https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
    """
    statement = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": PROVENANCE,
        "subject": [
            {
                "name": "pkg:docker/image?platform=" + platform.replace("/", "%2F"),
                "digest": {"sha256": subject.digest.removeprefix("sha256:")},
            }
        ],
        "predicate": {},
    }
    payload = blob(_encode(statement))
    config = {
        **platform_fields(UNKNOWN),
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [payload.digest]},
    }
    image = _manifest(OCI, blob(_encode(config)), [("application/vnd.in-toto+json", payload)])
    annotations = {
        "vnd.docker.reference.digest": subject.digest,
        "vnd.docker.reference.type": "attestation-manifest",
    }
    return Entry(image, UNKNOWN, annotations)


def platform_fields(platform: str) -> Json:
    """`linux/arm/v7` as the fields of a configuration or of an index entry."""
    return dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))


def _manifest(
    kind: Kind, config: Blob, layers: Sequence[tuple[str, Blob]], *, media_type: bool = True
) -> Image:
    document = {
        "schemaVersion": 2,
        **({"mediaType": kind.manifest} if media_type else {}),
        "config": _descriptor(kind.config, config.digest, config.size),
        "layers": [_descriptor(kind_, layer.digest, layer.size) for kind_, layer in layers],
    }
    return Image(kind.manifest, _encode(document), (config, *(layer for _, layer in layers)))


def _entry(entry: Entry) -> Json:
    image = entry.image
    return {
        **_descriptor(image.media_type, image.digest, len(image.data)),
        **({"platform": platform_fields(entry.platform)} if entry.platform else {}),
        **({"annotations": dict(entry.annotations)} if entry.annotations else {}),
        **entry.more,
    }


def _descriptor(media_type: str, digest_: str, size: int) -> Json:
    return {"mediaType": media_type, "digest": digest_, "size": size}


def _encode(document: Json) -> bytes:
    return json.dumps(document, indent=2).encode()
