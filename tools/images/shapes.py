"""The catalogue of image shapes: what users have, and what is wrong on purpose.

A shape makes an image for a wanted platform from contents. Right shapes hold the wanted content
and say so; the others are wrong in the one way that their summary names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from tools.images.document import (
    DOCKER,
    OCI,
    Content,
    Entry,
    Image,
    Kind,
    attestation,
    index,
    manifest,
)
from tools.images.ports import PLATFORMS

Contents: TypeAlias = Callable[[str], Content]
Maker: TypeAlias = Callable[[str, Contents], Image]

# Names that mean the same platform but are not its normal form, which some tools write.
RESPELLED = {
    "linux/amd64": "linux/amd64/v1",
    "linux/arm64": "linux/arm64/v8",
    "linux/arm/v7": "linux/arm",
}
# What engines accept in place of a platform when they pull (`platforms.Only` of containerd).
FUZZY = {
    "linux/amd64": "linux/386",
    "linux/arm64": "linux/arm/v7",
    "linux/arm/v7": "linux/arm/v6",
}


@dataclass(frozen=True)
class Shape:
    """A way to describe an image, right or wrong.

    `platforms` are those that the shape exists for.
    """

    name: str
    summary: str
    make: Maker
    platforms: tuple[str, ...] = PLATFORMS


SHAPES: dict[str, Shape] = {}


def other(platform: str) -> str:
    """A platform that is neither `platform` nor one that engines take for compatible with it."""
    return "linux/arm64" if platform in {"linux/amd64", "linux/386"} else "linux/amd64"


def marked(content: Content, mark: str) -> Content:
    """The same files with a label of its own, so that the image has another digest."""
    return replace(content, config={**content.config, "Labels": {"mark": mark}})


def _shape(
    names: Mapping[str, Kind], summary: str, platforms: Mapping[str, str] | None = None
) -> Callable[[Callable[[Kind, str, Contents], Image]], Callable[[Kind, str, Contents], Image]]:
    """Enters the decorated maker in the catalogue, once for each name with the kind it is of."""

    def enter(make: Callable[[Kind, str, Contents], Image]) -> Callable[..., Image]:
        for name, kind in names.items():
            only = PLATFORMS if platforms is None else tuple(platforms)
            SHAPES[name] = Shape(name, summary, partial(make, kind), only)
        return make

    return enter


def _manifests(suffix: str = "") -> dict[str, Kind]:
    return {f"docker-manifest{suffix}": DOCKER, f"oci-manifest{suffix}": OCI}


def _indexes(suffix: str) -> dict[str, Kind]:
    return {f"docker-list{suffix}": DOCKER, f"oci-index{suffix}": OCI}


def _true(kind: Kind, platform: str, contents: Contents) -> Entry:
    return Entry(manifest(kind, contents(platform), platform), platform)


# One manifest, no index around it.


@_shape(_manifests(), "one manifest of the platform")
def _manifest(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(wanted), wanted)


@_shape(_manifests("-respelled"), "one manifest, its platform not in normal form", RESPELLED)
def _manifest_respelled(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(wanted), RESPELLED[wanted])


@_shape({"oci-manifest-no-media-type": OCI}, "one manifest that does not say what it is")
def _manifest_no_media_type(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(wanted), wanted, media_type=False)


@_shape(_manifests("-mislabelled"), "the right content, labelled as another architecture")
def _manifest_mislabelled(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(wanted), other(wanted))


@_shape(_manifests("-386-as-amd64"), "i686 content, labelled amd64", {"linux/386": ""})
def _manifest_386_as_amd64(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(wanted), "linux/amd64")


@_shape(_manifests("-lying"), "the right label on the content of another architecture")
def _manifest_lying(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(other(wanted)), wanted)


@_shape(_manifests("-other"), "one manifest of another architecture, rightly labelled")
def _manifest_other(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(other(wanted)), other(wanted))


@_shape(_manifests("-windows"), "one manifest of another operating system")
def _manifest_windows(kind: Kind, wanted: str, contents: Contents) -> Image:
    return manifest(kind, contents(wanted), _windows(wanted))


# Indexes that serve the platform.


@_shape(_indexes("-one"), "an index of the one platform")
def _index_one(kind: Kind, wanted: str, contents: Contents) -> Image:
    return index(kind, [_true(kind, wanted, contents)])


@_shape(_indexes("-all"), "an index of all platforms, the wanted one last")
def _index_all(kind: Kind, wanted: str, contents: Contents) -> Image:
    platforms = [*(p for p in PLATFORMS if p != wanted), wanted]
    return index(kind, [_true(kind, platform, contents) for platform in platforms])


@_shape(_indexes("-attested"), "an index of the one platform and its attestation")
def _index_attested(kind: Kind, wanted: str, contents: Contents) -> Image:
    return _attested(kind, [wanted], contents)


@_shape(_indexes("-all-attested"), "an index of all platforms and their attestations")
def _index_all_attested(kind: Kind, wanted: str, contents: Contents) -> Image:
    return _attested(kind, [*(p for p in PLATFORMS if p != wanted), wanted], contents)


@_shape(_indexes("-respelled"), "an index whose platform is not in normal form", RESPELLED)
def _index_respelled(kind: Kind, wanted: str, contents: Contents) -> Image:
    spelling = RESPELLED[wanted]
    return index(kind, [Entry(manifest(kind, contents(wanted), spelling), spelling)])


@_shape({"oci-index-no-media-type": OCI}, "an index of all that does not say what it is")
def _index_no_media_type(kind: Kind, wanted: str, contents: Contents) -> Image:
    entries = [
        Entry(manifest(kind, contents(platform), platform, media_type=False), platform)
        for platform in (other(wanted), wanted)
    ]
    return index(kind, entries, media_type=False)


@_shape(_indexes("-nested"), "an index within an index")
def _index_nested(kind: Kind, wanted: str, contents: Contents) -> Image:
    return index(kind, [Entry(index(kind, [_true(kind, wanted, contents)]))])


@_shape(_indexes("-repeated"), "an index with two images of the one platform")
def _index_repeated(kind: Kind, wanted: str, contents: Contents) -> Image:
    contents_ = [marked(contents(wanted), mark) for mark in ("first", "second")]
    return index(kind, [Entry(manifest(kind, content, wanted), wanted) for content in contents_])


@_shape({"oci-index-no-platform": OCI}, "an index whose one entry has no platform")
def _index_no_platform(kind: Kind, wanted: str, contents: Contents) -> Image:
    return index(kind, [Entry(manifest(kind, contents(wanted), wanted))])


# Indexes that do not serve the platform, or say something false.


@_shape(_indexes("-lacking"), "an index of every platform but the wanted one")
def _index_lacking(kind: Kind, wanted: str, contents: Contents) -> Image:
    return index(kind, [_true(kind, p, contents) for p in PLATFORMS if p != wanted])


@_shape(_indexes("-fuzzy"), "an index of only what engines take for compatible", FUZZY)
def _index_fuzzy(kind: Kind, wanted: str, contents: Contents) -> Image:
    return index(kind, [_true(kind, FUZZY[wanted], contents)])


@_shape(_indexes("-config-differs"), "an entry that is right, its config naming another")
def _index_config_differs(kind: Kind, wanted: str, contents: Contents) -> Image:
    return index(kind, [Entry(manifest(kind, contents(wanted), other(wanted)), wanted)])


@_shape(_indexes("-lying"), "an entry that names the platform of an image of another")
def _index_lying(kind: Kind, wanted: str, contents: Contents) -> Image:
    image = manifest(kind, contents(other(wanted)), other(wanted))
    return index(kind, [Entry(image, wanted)])


@_shape(_indexes("-windows"), "an index of another operating system")
def _index_windows(kind: Kind, wanted: str, contents: Contents) -> Image:
    platform = _windows(wanted)
    return index(kind, [Entry(manifest(kind, contents(wanted), platform), platform)])


@_shape(_indexes("-empty"), "an index of nothing")
def _index_empty(kind: Kind, _wanted: str, _contents: Contents) -> Image:
    return index(kind, [])


def _attested(kind: Kind, platforms: list[str], contents: Contents) -> Image:
    entries = [_true(kind, platform, contents) for platform in platforms]
    return index(kind, [*entries, *(attestation(e.image, str(e.platform)) for e in entries)])


def _windows(platform: str) -> str:
    return platform.replace("linux/", "windows/")
