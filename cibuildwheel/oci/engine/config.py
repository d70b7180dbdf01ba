"""What a single manifest and the config that it names say themselves, asked of their registry.

By its digest, so that whichever client answers is right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.clients import is_gone
from cibuildwheel.oci.engine.describe import Store
from cibuildwheel.oci.engine.fresh import ask
from cibuildwheel.oci.engine.retry import persist
from cibuildwheel.oci.engine.store import look
from cibuildwheel.oci.engine.unpack import own_of, unpacks_zstd
from cibuildwheel.oci.image.manifest import (
    Manifest,
    Shape,
    parse_config,
    parse_described,
    parse_document,
)
from cibuildwheel.oci.image.offer import Flaw, Own

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.engine.clients import Client
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.image.offer import Candidate
    from cibuildwheel.oci.wanted.platform import Platform

# `docker manifest` of 20.10 calls every OCI manifest missing (seen).
KNOWS_OCI = (23,)
NEW_TRIES = 2


def read_own(
    engine: Engine,
    name: str,
    candidate: Candidate,
    clients: Iterable[Client],
    manifest: Manifest | None = None,
    *,
    thorough: bool = False,
) -> Candidate:
    """`candidate`, which `name` is by digest, with what it says itself, if one of `clients` tells.

    Its config is read, and its manifest where that is needed to tell what it is: where the config
    claims no platform, where the engine may not unpack its layers, or where this is to be
    `thorough`; or `manifest` is it.
    """
    thorough = thorough or not unpacks_zstd(engine, candidate.shape)
    for client in _readers(engine, candidate.shape, clients):
        if found := _read(engine, client, name, candidate, manifest, thorough=thorough):
            return found
    return candidate


def own_in(engine: Engine, label: Platform | None, manifest: Manifest | None) -> Own:
    """`own_of`; but what `engine` has already, it need not unpack.

    Docker's classic store knows an image by the digest of its config, and pulls no layer of one
    that it has, whatever they are compressed by (seen with 20.10).
    """
    own = own_of(engine, label, manifest)
    if manifest and own.flaw is Flaw.PACKED and engine.store is Store.CLASSIC:
        for have in look(engine, [manifest.config], [label] if label else []):
            return Own(label or have.platform)
    return own


def _readers(engine: Engine, shape: Shape, clients: Iterable[Client]) -> list[Client]:
    """Those of `clients` that can tell, the one that asks least first.

    `docker manifest` reads manifest and config at once, skopeo each by itself, and buildx reads
    the manifest twice for a config (seen).
    """
    knows = shape is Shape.LEGACY_MANIFEST or engine.client >= KNOWS_OCI
    able = (client for client in clients if client.single and (client.exact or knows))
    return sorted(able, key=lambda client: client.exact)


def _read(
    engine: Engine,
    client: Client,
    name: str,
    candidate: Candidate,
    manifest: Manifest | None,
    *,
    thorough: bool,
) -> Candidate | None:
    answer = persist(lambda: ask(*client.single, f"{client.prefix}{name}"), _said, most=NEW_TRIES)
    if is_gone(client, answer):
        return replace(candidate, own=Own(flaw=Flaw.GONE))
    try:
        if not answer.ok:
            return _packed(engine, client, name, candidate, manifest)
        label, described = _told(client, answer.stdout, candidate.digest)
        manifest = manifest or described
        if manifest is None and (thorough or label is None):
            manifest = _manifest(client, name)
    except ValueError:
        return None
    return _known(candidate, own_in(engine, label, manifest), manifest)


def _packed(
    engine: Engine, client: Client, name: str, candidate: Candidate, manifest: Manifest | None
) -> Candidate | None:
    """What `engine` can't unpack, where `client` has told no config.

    The skopeo of Debian 13 tells none of what it can't copy itself (seen).
    """
    if unpacks_zstd(engine, candidate.shape):
        return None
    manifest = manifest or _manifest(client, name)
    if own_of(engine, None, manifest).flaw is not Flaw.PACKED:
        return None
    return _known(candidate, own_in(engine, None, manifest), manifest)


def _known(candidate: Candidate, own: Own, manifest: Manifest | None) -> Candidate:
    size = manifest.size if manifest else candidate.size
    doubtful = candidate.doubtful or bool(manifest and manifest.doubtful)
    return replace(candidate, size=size, doubtful=doubtful, own=own)


def _said(answer: Answer) -> str:
    return "" if answer.ok else answer.complaint


def _told(client: Client, said: str, digest: str) -> tuple[Platform | None, Manifest | None]:
    """The platform and, where `client` tells it as well, the manifest."""
    if client.exact:
        return parse_config(said), None
    described, label, manifest = parse_described(said)
    if described != digest:
        msg = f"{described} was told of for {digest}"
        raise ValueError(msg)
    return label, manifest


def _manifest(client: Client, name: str) -> Manifest:
    answer = ask(*client.document, f"{client.prefix}{name}")
    document = parse_document(answer.stdout) if answer.ok else None
    if not isinstance(document, Manifest):
        msg = f"{name} can't be read"
        raise ValueError(msg)
    return document
