"""Image references: the name that an engine and a registry know an image by.

Facts: the grammar of https://github.com/distribution/reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

DOCKER_HUB = ("", "docker.io", "index.docker.io")
# https://github.com/containers/image/blob/main/docs/containers-transports.5.md
TRANSPORTS = {
    *("containers-storage", "dir", "docker", "docker-archive", "docker-daemon"),
    *("oci", "oci-archive", "ostree", "sif", "tarball"),
}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
LONGEST_TAG = 128

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_HOST}/)?{_PATH.pattern})"
    rf"(?::(?P<tag>\w[\w.-]{{0,{LONGEST_TAG - 1}}}))?(?:@(?P<digest>{DIGEST.pattern}))?",
    re.ASCII,
)
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}")


@dataclass(frozen=True)
class Reference:
    """A repository's name, as the user wrote it, with a tag, a digest, both or (`""`) neither."""

    name: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        """The reference as engines take it."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.name}{tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def host(self) -> str:
        """The registry, as host[:port]; `""` where the name leaves it to the engine."""
        first, slash, _ = self.name.partition("/")
        named = first == "localhost" or first != first.lower() or set(first) & {".", ":"}
        return first if slash and named else ""


def parse_reference(text: str) -> Reference:
    """The reference `text`, such as `quay.io/pypa/manylinux_2_28:latest`.

    Raises ValueError if it is none, as for the bare id of a stored image.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None or is_id(text):
        msg = f"{text!r} is not an image reference: expected name[:tag][@sha256:digest]"
        raise ValueError(msg)
    return Reference(**match.groupdict(default=""))


def is_id(text: str) -> bool:
    """Whether `text` is the whole id of a stored image, and so no reference."""
    return bool(_ID.fullmatch(text))


def transport(image: str) -> str:
    """Where podman takes `image` from, such as `oci-archive`, if it names that; `""` if not."""
    name, colon, rest = image.partition(":")
    named = colon and name in TRANSPORTS and (name != "docker" or rest.startswith("//"))
    return name if named else ""


def from_registry(image: str) -> str:
    """`image` without podman's word for a registry, `docker://`; its own default is Docker Hub."""
    if transport(image) != "docker":
        return image
    name = image.removeprefix("docker://")
    try:
        reference = parse_reference(name)
    except ValueError:
        return name
    library = "" if "/" in reference.name else "library/"
    return name if reference.host else f"docker.io/{library}{name}"


def at_digest(reference: Reference, digest: str) -> Reference:
    """What names one manifest of the repository and nothing else, wherever the tag goes."""
    return replace(reference, tag="", digest=digest)


def is_pinned(image: str) -> bool:
    """Whether `image` is a reference by digest, which means the same content for ever."""
    try:
        return bool(parse_reference(image).digest)
    except ValueError:
        return False
