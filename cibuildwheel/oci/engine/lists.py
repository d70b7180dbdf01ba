"""The lists that podman itself has, of `podman manifest create` and `podman build --manifest`.

`podman image inspect` shows that one of a list which is for podman's own machine, and a container
that is made by the name of a list is of that one's configuration, whatever its platform (seen).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cibuildwheel.oci.engine.describe import Store
from cibuildwheel.oci.engine.reach import ask
from cibuildwheel.oci.image.manifest import Index, parse_document
from cibuildwheel.oci.image.stored import Stored

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.describe import Engine

    Images = list[dict[str, Any]]


def has_list(engine: Engine, name: str) -> bool:
    """Whether `name` is a list that podman has. No registry is asked."""
    return engine.store is Store.PODMAN and ask(engine.address, "manifest", "exists", name).ok


def read_list(engine: Engine, name: str) -> tuple[Stored, ...]:
    """The images of the list that podman has as `name`, those that it has as well, by their ids."""
    if not has_list(engine, name):
        return ()
    return parse_list(ask(engine.address, "manifest", "inspect", name).stdout, _images(engine))


def id_of_list(engine: Engine, name: str) -> str:
    """The id of the list that podman has as `name`; `""` if it has none."""
    names = {name, f"{name}:latest"}
    images = _images(engine) if has_list(engine, name) else []
    return next((str(i["Id"]) for i in images if names & set(i.get("Names") or ())), "")


def parse_list(document: str, images: Images) -> tuple[Stored, ...]:
    """The images that the list `document` names, by their ids in `images`, as podman lists them.

    What the list says of a platform is the user's own word.
    """
    try:
        index = parse_document(document)
    except ValueError:
        return ()
    ids = {digest: str(image["Id"]) for image in images for digest in _digests(image)}
    entries = index.entries if isinstance(index, Index) else ()
    return tuple(
        Stored(ids[entry.digest], entry.platform)
        for entry in entries
        if entry.platform and entry.digest in ids
    )


def _images(engine: Engine) -> Images:
    try:
        images = json.loads(ask(engine.address, "images", "--all", "--format", "json").stdout)
    except ValueError:
        return []
    return [i for i in images if isinstance(i, dict) and i.get("Id")] if images else []


def _digests(image: dict[str, Any]) -> list[str]:
    named = (str(name).rpartition("@")[2] for name in image.get("RepoDigests") or ())
    return [str(image.get("Digest")), *named]
