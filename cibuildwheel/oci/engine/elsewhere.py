"""Whether the engine of a context is on another machine, as its client has it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.endpoint import docker_host, is_local
from cibuildwheel.oci.engine.process import ask
from cibuildwheel.oci.wanted.address import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cibuildwheel.oci.wanted.address import Address

LIST = ("podman", "system", "connection", "list", "--format=json")
# Before it, podman's variables count for more than `--connection`: 4.3 is so, 5.4 is not (seen).
MINDS_OPTION = (5,)


def is_elsewhere(address: Address, client: tuple[int, ...]) -> bool:
    """Whether the context of `address` leads away from this machine.

    `client` is the version of its client. What that does not tell is taken for this machine.
    """
    if address.name == "docker":
        host = docker_host(address.context)
    else:
        host = podman_host(address.context, ask(*LIST).stdout, client, os.environ)
    return bool(host) and not is_local(host)


def podman_host(
    connection: str, listed: str, client: tuple[int, ...], environ: Mapping[str, str]
) -> str:
    """Where podman's `client`, by its version, finds the engine of `connection`; `""` if unknown.

    `listed` is what it lists of connections, as JSON, and `environ` are its variables.
    """
    if client < MINDS_OPTION or connection == DEFAULT:
        if host := environ.get("CONTAINER_HOST"):
            return host
        connection = environ.get("CONTAINER_CONNECTION") or connection
    try:
        known = {one["Name"]: str(one["URI"]) for one in json.loads(listed)}
    except (ValueError, KeyError, TypeError):
        return ""
    return known.get(connection, "")
