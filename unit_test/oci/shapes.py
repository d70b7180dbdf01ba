"""The lab's catalogue of images, made of next to nothing and described without an engine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from cibuildwheel.oci.image.manifest import Index, parse_config, parse_document
from cibuildwheel.oci.image.offer import Own, offer_of_index, offer_of_manifest
from tools.images.document import Content
from tools.images.layer import file, layer
from tools.images.shapes import SHAPES

if TYPE_CHECKING:
    from cibuildwheel.oci.image.offer import Offer
    from cibuildwheel.oci.wanted.platform import Platform
    from tools.images.document import Image

CASES = [(name, platform) for name, shape in SHAPES.items() for platform in shape.platforms]


def content(platform: str) -> Content:
    """One layer that holds the name of `platform`."""
    return Content((layer([file("platform", platform.encode())]),), {})


@cache
def made(shape: str, platform: str) -> Image:
    """The image of the catalogue."""
    return SHAPES[shape].make(platform, content)


def offer(image: Image) -> Offer:
    """What `image` offers, from its documents as a registry would serve them, all of them read."""
    document = parse_document(image.data.decode())
    if isinstance(document, Index):
        children = {child.digest: child for child in image.walk()}
        documents = {d: parse_document(child.data.decode()) for d, child in children.items()}
        nested = {d: inner for d, inner in documents.items() if isinstance(inner, Index)}
        of = offer_of_index(document, nested)
        read = (replace(c, own=Own(_label(children[c.digest]))) for c in of.candidates)
        return replace(of, candidates=tuple(read))
    return offer_of_manifest(document, image.digest, Own(_label(image)))


def _label(image: Image) -> Platform | None:
    return parse_config(image.blobs[0].read().decode())
