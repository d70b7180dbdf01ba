"""The documents against the rules of the specifications that they follow."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.images.document import DOCKER, OCI, Entry, Image, Kind, index, manifest, platform_fields
from tools.images.ports import PLATFORMS
from tools.images.shapes import SHAPES, Contents, Shape

KINDS = {media_type: kind for kind in (DOCKER, OCI) for media_type in (kind.manifest, kind.index)}
CASES = [(shape, platform) for shape in SHAPES.values() for platform in shape.platforms]
ATTESTATION_LAYER = "application/vnd.in-toto+json"

component = st.from_regex(r"[a-z0-9_]{1,10}", fullmatch=True)


@given(st.lists(component, min_size=2, max_size=3))
def test_platform_fields_say_what_the_platform_says(components: list[str]) -> None:
    fields = platform_fields("/".join(components))
    assert [fields[key] for key in ("os", "architecture", "variant") if key in fields] == components


@pytest.mark.parametrize("shape, platform", CASES, ids=lambda value: getattr(value, "name", value))
def test_documents_follow_the_specification(
    shape: Shape, platform: str, contents: Contents
) -> None:
    image = shape.make(platform, contents)
    assert shape.make(platform, contents) == image
    for part in image.walk():
        document = part.json()
        kind = KINDS[part.media_type]
        assert document["schemaVersion"] == 2
        without = shape.name.endswith("-no-media-type")
        assert document.get("mediaType") == (None if without else part.media_type)
        if part.media_type == kind.index:
            check_index(part, document)
        else:
            check_manifest(part, document, kind)


def check_index(image: Image, document: dict[str, Any]) -> None:
    assert document.keys() <= {"schemaVersion", "mediaType", "manifests"}
    assert [d["digest"] for d in document["manifests"]] == [c.digest for c in image.children]
    for descriptor, child in zip(document["manifests"], image.children, strict=True):
        assert descriptor["mediaType"] == child.media_type
        assert descriptor["size"] == len(child.data)
        platform = descriptor.get("platform", {"os": "linux", "architecture": "arm64"})
        assert {"os", "architecture"} <= platform.keys() <= {"os", "architecture", "variant"}
        assert all(isinstance(value, str) and value for value in platform.values())


def check_manifest(image: Image, document: dict[str, Any], kind: Kind) -> None:
    descriptors = [document["config"], *document["layers"]]
    assert [(d["digest"], d["size"]) for d in descriptors] == [
        (blob.digest, blob.size) for blob in image.blobs
    ]
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", d["digest"]) for d in descriptors)
    assert document["config"]["mediaType"] == kind.config
    assert {d["mediaType"] for d in document["layers"]} <= {kind.layer, ATTESTATION_LAYER}
    config = json.loads(image.blobs[0].read())
    assert {"os", "architecture", "config", "rootfs"} <= config.keys()
    assert config["rootfs"]["type"] == "layers"
    assert len(config["rootfs"]["diff_ids"]) == len(document["layers"])


@pytest.mark.parametrize("platform", PLATFORMS)
def test_attestation_names_its_subject(platform: str, contents: Contents) -> None:
    document = SHAPES["oci-index-attested"].make(platform, contents).json()
    subject, attestation = document["manifests"]
    assert attestation["platform"] == {"os": "unknown", "architecture": "unknown"}
    assert attestation["annotations"] == {
        "vnd.docker.reference.digest": subject["digest"],
        "vnd.docker.reference.type": "attestation-manifest",
    }


def test_walk_is_innermost_first(contents: Contents) -> None:
    inner = manifest(OCI, contents("linux/arm64"), "linux/arm64")
    middle = index(OCI, [Entry(inner, "linux/arm64")])
    outer = index(OCI, [Entry(middle)])
    assert list(outer.walk()) == [inner, middle, outer]
