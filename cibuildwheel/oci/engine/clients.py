"""The clients that ask registries: those that the user has and has configured."""

from __future__ import annotations

import ipaddress
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.describe import Store
from cibuildwheel.oci.engine.lists import has_list
from cibuildwheel.oci.image.offer import NoAnswer, NotFound, Obsolete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.wanted.reference import Reference

NOT_FOUND = ("manifest unknown", "name unknown", ": not found")
# Then what is not found may be a program.
NO_LOGIN = "getting credentials"
# what is said of a config that is missing, beside that
GONE = (*NOT_FOUND, "blob unknown", "404 (Not Found)")
DIGEST = "sha256:"
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
        inspect = (*engine.address.command, "buildx", "imagetools", "inspect")
        yield Client((*inspect, "--raw"), (*inspect, "--format", "{{json .Image}}"))
    # podman looks for a name without a host where its configuration says, skopeo on Docker Hub
    if shutil.which("skopeo") and (reference.host or engine.store is not Store.PODMAN):
        inspect = ("skopeo", "inspect", *(("--tls-verify=false",) if insecure else ()), "--raw")
        yield Client(inspect, (*inspect, "--config"), prefix="docker://")
    if engine.name == "docker":
        inspect = (
            *engine.address.command,
            "manifest",
            "inspect",
            *(("--insecure",) if insecure else ()),
        )
        yield Client(inspect, (*inspect, "--verbose"), exact=False)
    # of what has a name only it would show its own list, and not the registry's
    elif reference.digest or not has_list(engine, str(reference)):
        yield Client((*engine.address.command, "manifest", "inspect"), exact=False)


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


def complaint(
    client: Client, answer: Answer, reference: Reference
) -> NotFound | Obsolete | NoAnswer:
    """What a client's failure to read the document of `reference` means.

    A tag that has led to a digest is there. What is not found then may still be had by the tag, as
    some registries and mirrors serve nothing by its digest.
    """
    if SCHEMA_ONE in answer.stderr:
        return Obsolete()
    said = answer.complaint  # a program that keeps passwords may have written before
    tag_is_there = DIGEST in said and not reference.digest
    not_found = any(sign in said for sign in NOT_FOUND)
    if client.exact and NO_LOGIN not in said and not_found and not tag_is_there:
        return NotFound(reason(answer))
    return NoAnswer(reason(answer))


def is_gone(client: Client, answer: Answer) -> bool:
    """Whether a client's failure means that a manifest, or what it names, is not there."""
    said = answer.complaint
    if answer.ok or not client.exact or NO_LOGIN in said:
        return False
    return any(sign in said for sign in GONE)


def reason(answer: Answer) -> str:
    """The cause in a client's complaint, which ends with it and may quote a whole document."""
    logged = _LOGGED.fullmatch(answer.complaint)
    said = logged[1].replace('\\"', '"') if logged else answer.complaint
    return said if len(said) <= LONGEST_REASON else f"...{said[-LONGEST_REASON:]}"
