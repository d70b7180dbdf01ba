"""The fields of a document that others wrote, where each may be anything: pure."""

from __future__ import annotations

import json
from typing import Any

from cibuildwheel.oci.wanted.reference import DIGEST

Fields = dict[str, Any]


def json_object(text: str, what: str) -> Fields:
    """The JSON object in `text`, which is `what`. Raises ValueError if it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"no JSON: {error}"
        raise ValueError(msg) from None
    return as_object(value, what)


def as_object(value: object, what: str) -> Fields:
    """`value`, which is `what`. Raises ValueError if it is no JSON object."""
    if not isinstance(value, dict):
        msg = f"{what} is no JSON object"
        raise ValueError(msg)
    return value


def digest_in(descriptor: Fields) -> str:
    """The digest in a descriptor. Raises ValueError if there is none."""
    digest = descriptor.get("digest")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        msg = f"{digest!r} is not a digest"
        raise ValueError(msg)
    return digest


def size_in(descriptor: Fields) -> int:
    """The size in a descriptor, in bytes; 0 if it names none."""
    size = descriptor.get("size")
    return size if isinstance(size, int) and size > 0 else 0


def is_annotated(descriptor: Fields, annotation: tuple[str, str]) -> bool:
    """Whether a descriptor has just this annotation."""
    annotations = descriptor.get("annotations")
    return isinstance(annotations, dict) and annotation in annotations.items()
