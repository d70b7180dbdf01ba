"""What each shape says and holds, for linux/arm64 unless the shape is of another platform."""

import gzip
import io
import json
import tarfile

import pytest

from tools.images.document import Image
from tools.images.ports import PLATFORMS
from tools.images.shapes import FUZZY, RESPELLED, SHAPES, Contents

OTHERS = [platform for platform in PLATFORMS if platform != "linux/arm64"]
ALL = [(platform, platform, platform) for platform in [*OTHERS, "linux/arm64"]]
RIGHT = ("linux/arm64",) * 3
ATTESTATION = ("unknown/unknown", "unknown/unknown", None)

# Of each image within, in order: the platform that its index entry names, that which its own
# configuration names, and that of its content.
SAYS = {
    "manifest": [(None, "linux/arm64", "linux/arm64")],
    "manifest-respelled": [(None, "linux/arm64/v8", "linux/arm64")],
    "manifest-no-media-type": [(None, "linux/arm64", "linux/arm64")],
    "manifest-mislabelled": [(None, "linux/amd64", "linux/arm64")],
    "manifest-386-as-amd64": [(None, "linux/amd64", "linux/386")],
    "manifest-lying": [(None, "linux/arm64", "linux/amd64")],
    "manifest-other": [(None, "linux/amd64", "linux/amd64")],
    "manifest-windows": [(None, "windows/arm64", "linux/arm64")],
    "one": [RIGHT],
    "all": ALL,
    "attested": [RIGHT, ATTESTATION],
    "all-attested": [*ALL, *[ATTESTATION] * 7],
    "respelled": [("linux/arm64/v8", "linux/arm64/v8", "linux/arm64")],
    "no-media-type": [("linux/amd64",) * 3, RIGHT],
    "nested": [RIGHT],
    "repeated": [RIGHT, RIGHT],
    "no-platform": [(None, "linux/arm64", "linux/arm64")],
    "lacking": ALL[:-1],
    "fuzzy": [("linux/arm/v7",) * 3],
    "config-differs": [("linux/arm64", "linux/amd64", "linux/arm64")],
    "lying": [("linux/arm64", "linux/amd64", "linux/amd64")],
    "windows": [("windows/arm64", "windows/arm64", "linux/arm64")],
    "empty": [],
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape_says_and_holds(name: str, contents: Contents) -> None:
    shape = SHAPES[name]
    wanted = "linux/arm64" if "linux/arm64" in shape.platforms else shape.platforms[0]
    stem = name.partition("-")[2].removeprefix("index-").removeprefix("list-")
    assert list(facts(shape.make(wanted, contents))) == SAYS[stem]


def facts(image: Image, entry: str | None = None) -> list[tuple[str | None, str, str | None]]:
    if "manifests" not in image.json():
        return [(entry, spelled(json.loads(image.blobs[0].read())), content(image))]
    return [
        fact
        for descriptor, child in zip(image.json()["manifests"], image.children, strict=True)
        for fact in facts(child, spelled(descriptor.get("platform", {})) or None)
    ]


def spelled(fields: dict[str, str]) -> str:
    return "/".join(fields[key] for key in ("os", "architecture", "variant") if key in fields)


def content(image: Image) -> str | None:
    data = image.blobs[1].read()
    if not data.startswith(b"\x1f\x8b"):
        return None
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(data))) as tar:
        return (tar.extractfile("etc/platform") or io.BytesIO()).read().decode()


def test_repeated_images_differ(contents: Contents) -> None:
    first, second = SHAPES["oci-index-repeated"].make("linux/arm64", contents).children
    assert first.digest != second.digest


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_content_is_mistaken_for_another(platform: str, contents: Contents) -> None:
    for stem in ("mislabelled", "lying", "other"):
        made = SHAPES[f"oci-manifest-{stem}"].make(platform, contents)
        ((_, label, held),) = facts(made)
        assert (label, held) != (platform, platform)
        assert held != FUZZY.get(platform)


def test_platforms_of_shapes() -> None:
    only = {name: shape.platforms for name, shape in SHAPES.items() if shape.platforms != PLATFORMS}
    assert only == {
        f"{kind}-{name}": tuple(platforms)
        for kind, document in (("docker", "list"), ("oci", "index"))
        for name, platforms in (
            ("manifest-respelled", RESPELLED),
            ("manifest-386-as-amd64", ["linux/386"]),
            (f"{document}-respelled", RESPELLED),
            (f"{document}-fuzzy", FUZZY),
        )
    }
