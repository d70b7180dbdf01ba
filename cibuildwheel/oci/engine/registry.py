"""What a registry offers, asked through the clients that the user has and has configured.

Only documents are read, never layers. What a client can't tell is no answer: a build does not
fail for that.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.describe import Store
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
from cibuildwheel.oci.wanted.reference import at_digest, parse_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cibuildwheel.oci.engine import process
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.image.offer import Answer, Offer
    from cibuildwheel.oci.wanted.reference import Reference

NOT_FOUND = ("manifest unknown", "name unknown", ": not found")
SCHEMA_ONE = "vnd.docker.distribution.manifest.v1+"
LONGEST_REASON = 300

_LOGGED = re.compile(r'time="[^"]*" level=\w+ msg="(.*)"')


@dataclass(frozen=True)
class Client:
    """A command that asks registries.

    `document` prints the document that a reference names; `single` tells the platform of a single
    image, as its config does or (`described`) as `docker manifest inspect --verbose` does. Where
    the document comes out as the registry has it, byte for byte (`exact`), so that its digest can
    be computed, "not found" means just that.
    """

    document: tuple[str, ...]
    single: tuple[str, ...] = ()
    exact: bool = True
    prefix: str = ""

    def __str__(self) -> str:
        """The client in a few words, such as `docker manifest`."""
        return " ".join(self.document[: self.document.index("inspect")])


def clients(engine: Engine, reference: Reference) -> Iterator[Client]:
    """The clients that there are for the registry of `reference`, the most faithful first."""
    insecure = is_insecure(reference, engine.insecure)
    if engine.buildx:
        inspect = ("docker", "buildx", "imagetools", "inspect")
        yield Client((*inspect, "--raw"), (*inspect, "--format", "{{json .Image}}"))
    # podman looks for a name without a host where its configuration says, skopeo on Docker Hub
    if shutil.which("skopeo") and (reference.host or engine.store is not Store.PODMAN):
        inspect = ("skopeo", "inspect", *(("--tls-verify=false",) if insecure else ()), "--raw")
        yield Client(inspect, (*inspect, "--config"), prefix="docker://")
    if engine.name == "docker":
        inspect = ("docker", "manifest", "inspect", *(("--insecure",) if insecure else ()))
        yield Client(inspect, (*inspect, "--verbose"), exact=False)
    else:
        yield Client(("podman", "manifest", "inspect"), exact=False)


def ask_registry(engine: Engine, image: str) -> Answer:
    """What the registry offers for `image`, from the first client that can tell."""
    try:
        reference = parse_reference(image)
    except ValueError as error:
        return NoAnswer(str(error))
    reasons = []
    for client in clients(engine, reference):
        answer = _ask(client, replace(reference, tag="") if reference.digest else reference)
        if not isinstance(answer, NoAnswer):
            return answer
        reasons.append(f"{client}: {answer.reason}")
    return NoAnswer("; ".join(reasons))


def pull_size(engine: Engine, image: str) -> int:
    """The bytes of the layers of a single `image`, compressed; 0 if no client can tell."""
    reference = parse_reference(image)
    for client in clients(engine, reference):
        answer = ask(*client.document, f"{client.prefix}{reference}")
        try:
            document = parse_document(answer.stdout) if answer.ok else None
        except ValueError:
            continue
        if isinstance(document, Manifest):
            return document.size
    return 0


def is_insecure(reference: Reference, insecure: tuple[str, ...]) -> bool:
    """Whether the registry of `reference` is one that the daemon talks to without TLS."""
    host = reference.host
    if not host or host in insecure:
        return bool(host)
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
        return any(address in ipaddress.ip_network(n) for n in insecure if "/" in n)
    except ValueError:
        return False


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


def complaint(client: Client, answer: process.Answer) -> NotFound | Obsolete | NoAnswer:
    """What a client's failure means."""
    if SCHEMA_ONE in answer.stderr:
        return Obsolete()
    if client.exact and any(sign in answer.stderr for sign in NOT_FOUND):
        return NotFound(reason(answer))
    return NoAnswer(reason(answer))


def reason(answer: process.Answer) -> str:
    """The cause in a client's complaint, which ends with it and may quote a whole document."""
    logged = _LOGGED.fullmatch(answer.complaint)
    said = logged[1].replace('\\"', '"') if logged else answer.complaint
    return said if len(said) <= LONGEST_REASON else f"...{said[-LONGEST_REASON:]}"


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
