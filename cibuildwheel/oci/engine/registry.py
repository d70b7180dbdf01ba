"""What a registry offers, asked through the clients that the user has and has configured.

Only documents are read, never layers. What a client can't tell is no answer: a build does not
fail for that.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.again import persist
from cibuildwheel.oci.engine.bound import within
from cibuildwheel.oci.engine.clients import clients, complaint, reason
from cibuildwheel.oci.engine.process import ask
from cibuildwheel.oci.image.manifest import (
    Index,
    Manifest,
    SchemaOneError,
    parse_config,
    parse_described,
    parse_document,
)
from cibuildwheel.oci.image.offer import (
    DEEPEST,
    NoAnswer,
    NotFound,
    Obsolete,
    offer_of_index,
    offer_of_manifest,
)
from cibuildwheel.oci.wanted.reference import DOCKER_HUB, at_digest, parse_reference

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.clients import Client
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.image.offer import Answer, Offer
    from cibuildwheel.oci.wanted.reference import Reference

QUESTION_SECONDS = 15.0
NEW_TRIES = 2


def ask_registry(engine: Engine, image: str) -> Answer:
    """What the registry offers for `image`, from the first client that can tell.

    All clients together take QUESTION_SECONDS at most.
    """
    try:
        reference = parse_reference(image)
    except ValueError as error:
        return NoAnswer(str(error))
    exact = replace(reference, tag="") if reference.digest else reference
    reasons = []
    with within(QUESTION_SECONDS):
        for client in clients(engine, reference):
            answer = persist(partial(_ask, client, exact), _said, most=NEW_TRIES)
            if isinstance(answer, NotFound) and engine.mirrored and reference.host in DOCKER_HUB:
                # the engine may well get it from where no client asks
                answer = NoAnswer(f"{answer.reason}; {engine.name} has a mirror for it")
            if not isinstance(answer, NoAnswer):
                return answer
            reasons.append(f"{client}: {answer.reason}")
    return NoAnswer("; ".join(reasons))


def pull_size(engine: Engine, image: str) -> int:
    """The bytes of the layers of a single `image`, compressed; 0 if no client can tell."""
    reference = parse_reference(image)
    with within(QUESTION_SECONDS):
        for client in clients(engine, reference):
            answer = ask(*client.document, f"{client.prefix}{reference}")
            try:
                document = parse_document(answer.stdout) if answer.ok else None
            except ValueError:
                continue
            if isinstance(document, Manifest):
                return document.size
    return 0


def _ask(client: Client, reference: Reference) -> Answer:
    answer = ask(*client.document, f"{client.prefix}{reference}")
    if not answer.ok:
        return complaint(client, answer)
    try:
        document = parse_document(answer.stdout)
        if isinstance(document, Index):
            return offer_of_index(document, _nested(client, reference, document, DEEPEST))
        return _single(client, reference, document, answer.stdout)
    except SchemaOneError:
        return Obsolete()
    except ValueError as error:
        return NoAnswer(str(error))


def _said(answer: Answer) -> str:
    return answer.reason if isinstance(answer, NoAnswer | NotFound) else ""


def _nested(client: Client, reference: Reference, index: Index, depth: int) -> dict[str, Index]:
    """The indexes inside `index`, by digest. Raises ValueError if one can't be read."""
    found: dict[str, Index] = {}
    for entry in index.entries:
        if not entry.nested or not depth or entry.digest in found:
            continue
        answer = ask(*client.document, f"{client.prefix}{at_digest(reference, entry.digest)}")
        if not answer.ok:
            msg = f"the index {entry.digest} inside it can't be read: {reason(answer)}"
            raise ValueError(msg)
        inner = parse_document(answer.stdout)
        if isinstance(inner, Index):
            found |= {entry.digest: inner, **_nested(client, reference, inner, depth - 1)}
    return found


def _single(
    client: Client, reference: Reference, manifest: Manifest, text: str
) -> Offer | NoAnswer:
    if not client.single:
        return NoAnswer("it does not tell the platform of a single image")
    answer = ask(*client.single, f"{client.prefix}{reference}")
    if not answer.ok:
        return NoAnswer(reason(answer))
    if client.exact:
        digest, platform = digest_of(text), parse_config(answer.stdout)
    else:
        digest, platform = parse_described(answer.stdout)
    if platform is None:
        return NoAnswer("the image's config names no platform")
    return offer_of_manifest(manifest, digest, platform)


def digest_of(document: str) -> str:
    """The digest of a document as the registry has it."""
    return f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"
