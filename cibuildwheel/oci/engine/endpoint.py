"""The addresses that Docker's client has for contexts, and those that are of this machine."""

from __future__ import annotations

import hashlib
import os

from cibuildwheel.oci.engine.docker_config import read_config
from cibuildwheel.oci.wanted.address import DEFAULT

# Those of sockets and pipes (https://docs.docker.com/reference/cli/dockerd/#daemon-socket-option).
LOCAL = ("unix://", "npipe://", "fd://")


def docker_host(context: str = "") -> str:
    """Where Docker's client finds the engine of `context`; `""` for what is not told.

    Without one, it is what the variables and the configuration say, the first that is set. The file
    of a context is named by the digest of the name
    (https://pkg.go.dev/github.com/docker/cli/cli/context/store).
    """
    host = os.environ.get("DOCKER_HOST", "")
    if not context and not host:
        context = os.environ.get("DOCKER_CONTEXT") or read_config("config.json").get(
            "currentContext", ""
        )
    if not context or context == DEFAULT:
        return host
    folder = hashlib.sha256(str(context).encode()).hexdigest()
    meta = read_config("contexts", "meta", folder, "meta.json")
    try:
        return str(meta["Endpoints"]["docker"]["Host"])
    except (KeyError, TypeError):
        return ""


def is_local(host: str) -> bool:
    """Whether the address `host` of an engine is one of this machine, by which all of it is seen.

    An address of a network may be, too, or may lead on to elsewhere: nobody can tell.
    """
    return host.startswith(LOCAL)
