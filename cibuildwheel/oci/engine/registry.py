"""What a registry offers, asked through the clients that the user has and has configured.

Only documents are read, never layers. What a client can't tell is no answer: a build does not
fail for that.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.bound import within
from cibuildwheel.oci.engine.clients import clients, complaint, is_gone, reason
from cibuildwheel.oci.engine.config import own_in, read_own
from cibuildwheel.oci.engine.fresh import ask
from cibuildwheel.oci.engine.retry import persist
from cibuildwheel.oci.image.manifest import (
    Index,
    Manifest,
    SchemaOneError,
    parse_described,
    parse_document,
)
from cibuildwheel.oci.image.offer import (
    DEEPEST,
    Candidate,
    Flaw,
    NoAnswer,
    NotFound,
    Obsolete,
    offer_of_index,
    offer_of_manifest,
)
from cibuildwheel.oci.wanted.reference import at_digest, parse_reference

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
            answer = persist(partial(_ask, engine, client, exact), _said, most=NEW_TRIES)
            if isinstance(answer, NotFound) and _is_mirrored(engine, reference):
                # the engine may well get it from where no client asks
                answer = NoAnswer(f"{answer.reason}; {engine.name} has a mirror for it")
            if not isinstance(answer, NoAnswer):
                return answer
            reasons.append(f"{client}: {answer.reason}")
    return NoAnswer("; ".join(reasons) or "podman would tell of its own list")


def look_closer(engine: Engine, image: str, candidate: Candidate, *, thorough: bool) -> Candidate:
    """`candidate`, which the registry offers for `image`, with what it says itself: `read_own`.

    That takes QUESTION_SECONDS at most, too.
    """
    own = at_digest(parse_reference(image), candidate.digest)
    with within(QUESTION_SECONDS):
        found = read_own(engine, str(own), candidate, clients(engine, own), thorough=thorough)
    gone = found.own and found.own.flaw is Flaw.GONE
    return candidate if gone and _is_mirrored(engine, own) else found


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


def _is_mirrored(engine: Engine, reference: Reference) -> bool:
    host = reference.host
    return host in engine.mirrored or any(
        host.endswith(name[1:]) for name in engine.mirrored if name.startswith("*.")
    )


def _ask(engine: Engine, client: Client, reference: Reference) -> Answer:
    answer = ask(*client.document, f"{client.prefix}{reference}")
    if not answer.ok:
        return complaint(client, answer, reference)
    try:
        document = parse_document(answer.stdout)
        if isinstance(document, Index):
            return offer_of_index(document, _nested(client, reference, document, DEEPEST))
        if client.exact:
            return _exact(engine, client, reference, document, digest_of(answer.stdout))
        return _described(engine, client, reference)
    except SchemaOneError:
        return Obsolete()
    except ValueError as error:
        return NoAnswer(str(error))


def _said(answer: Answer) -> str:
    return answer.reason if isinstance(answer, NoAnswer | NotFound) else ""


def _nested(
    client: Client, reference: Reference, index: Index, depth: int
) -> dict[str, Index | None]:
    """The indexes inside `index`, by digest; None for one that the registry no longer has.

    Raises ValueError if one can't be read for another reason.
    """
    found: dict[str, Index | None] = {}
    for entry in index.entries:
        if not entry.nested or not depth or entry.digest in found:
            continue
        answer = ask(*client.document, f"{client.prefix}{at_digest(reference, entry.digest)}")
        if is_gone(client, answer):
            found[entry.digest] = None
            continue
        if not answer.ok:
            msg = f"the index {entry.digest} inside it can't be read: {reason(answer)}"
            raise ValueError(msg)
        inner = parse_document(answer.stdout)
        if isinstance(inner, Index):
            found |= {entry.digest: inner, **_nested(client, reference, inner, depth - 1)}
    return found


def _exact(
    engine: Engine, client: Client, reference: Reference, manifest: Manifest, digest: str
) -> Offer | NoAnswer:
    """What the single image offers that `manifest` is of, whose `digest` is known.

    What was just read by its tag and is not there by its digest is not gone: its registry, or the
    mirror of it that is asked, serves tags only.
    """
    name = str(at_digest(reference, digest))
    readers = [client, *(one for one in clients(engine, reference) if not one.exact)]
    candidate = Candidate(None, digest, manifest.size, manifest.shape)
    own = read_own(engine, name, candidate, readers, manifest).own
    if own and own.flaw is Flaw.GONE and not _is_there(client, name):
        return NoAnswer("it gives no manifest by its digest")
    return offer_of_manifest(manifest, digest, own) if own else NoAnswer("no config can be read")


def _is_there(client: Client, name: str) -> bool:
    return not is_gone(client, ask(*client.document, f"{client.prefix}{name}"))


def _described(engine: Engine, client: Client, reference: Reference) -> Offer | NoAnswer:
    """What a single image offers, from a client that shows no document as it is."""
    if not client.single:
        return NoAnswer("it does not tell the platform of a single image")
    answer = ask(*client.single, f"{client.prefix}{reference}")
    if not answer.ok:
        return NoAnswer(reason(answer))
    digest, label, manifest = parse_described(answer.stdout)
    return offer_of_manifest(manifest, digest, own_in(engine, label, manifest))


def digest_of(document: str) -> str:
    """The digest of a document as the registry has it."""
    return f"sha256:{hashlib.sha256(document.encode()).hexdigest()}"
