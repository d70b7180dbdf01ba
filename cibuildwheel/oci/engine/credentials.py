"""The programs that keep passwords for Docker's client, where one is named and not installed.

For a registry that wants no login the client goes on without; for one that does it only tells that
it has no login (https://docs.docker.com/reference/cli/docker/login/#credential-stores).
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.docker_config import read_config
from cibuildwheel.oci.wanted.reference import parse_reference

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName

HUB = "https://index.docker.io/v1/"


def lacking_helper(engine: EngineName, image: str) -> str:
    """The program that Docker's client would ask for a login to the registry of `image`.

    `""` if it is there, or none is named. Podman's client tells of it by itself.
    """
    if engine != "docker":
        return ""
    config = read_config("config.json")
    try:
        host = parse_reference(image).host or HUB
        name = (config.get("credHelpers") or {}).get(host) or config.get("credsStore")
    except (ValueError, AttributeError):
        return ""  # Docker has its own words for that
    program = f"docker-credential-{name}"
    return program if name and not shutil.which(program) else ""
