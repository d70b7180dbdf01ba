"""What is wrong with the name of an image, before anybody is asked about it: pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cibuildwheel.oci.wanted.reference import is_id, parse_reference, transport

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName

# As GitHub, shells, Azure Pipelines, templates and Windows write it.
VARIABLE = re.compile(
    r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*?\}\}|\$\w+|%\w+%", re.ASCII | re.DOTALL
)
SCHEME = re.compile(r"[A-Za-z][\w+.-]*://", re.ASCII)
ONLY_PODMAN = "is a name that only podman knows"
UPPER_CASE = "has upper case before its tag"
QUOTES = "'\"`"


def mistake(name: str, engine: EngineName) -> str:
    """What is wrong with `name`, to come after it in a sentence; `""` if `engine` may know it."""
    if _is_known(name, engine):
        return ""
    if not name:
        return "is empty"
    if variable := VARIABLE.search(name):
        return f"holds {variable[0]}, which nothing has filled in"
    if transport(name):
        return ONLY_PODMAN
    path, tag, at, digest = _parts(name)
    wrong = {
        "has a scheme, as an address for browsers": SCHEME.match(name),
        "has white space in it": re.search(r"\s", name),
        "has quotes around it": name.strip(QUOTES) != name,
        UPPER_CASE: path != path.lower(),
        "has an empty tag": tag == ":",
        f"has no digest after the @: {digest!r} is none": at and not _is_known(f"x@{digest}"),
    }
    return next((what for what, found in wrong.items() if found), "is no name of an image")


def corrected(name: str) -> str:
    """`name` as its author must have meant it; `""` where that is not clear."""
    path, tag, at, digest = _parts(SCHEME.sub("", name.strip(QUOTES), 1))
    meant = f"{path.lower()}{tag}{at}{digest.lower()}"
    return meant if meant != name and _is_known(meant) else ""


def doubt(name: str, engine: EngineName) -> str:
    """What must be wrong with `name` where nobody answers for it; `""` if nothing is known to be.

    A host in upper case would be part of a path if it were in lower case.
    """
    if engine == "docker" and transport(name):
        return ONLY_PODMAN
    try:
        host = parse_reference(name).host
    except ValueError:
        return ""
    return UPPER_CASE if host != host.lower() and not set(host) & {".", ":"} else ""


def _is_known(name: str, engine: EngineName = "docker") -> bool:
    if is_id(name) or (engine == "podman" and transport(name)):
        return True
    try:
        return bool(parse_reference(name))
    except ValueError:
        return False


def _parts(name: str) -> tuple[str, str, str, str]:
    """What comes before a tag, the tag with its colon, the `@` and what comes after it."""
    before, at, digest = name.partition("@")
    folders, slash, last = before.rpartition("/")
    last, colon, tag = last.partition(":")
    return f"{folders}{slash}{last}", f"{colon}{tag}", at, digest
