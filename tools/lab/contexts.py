"""Contexts of Docker's client and system connections of podman's, in folders of a test's own."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.lab.errors import LabError
from tools.lab.specs import Kind


def with_context(
    kind: Kind, environment: Mapping[str, str], folder: Path, name: str, *host: str
) -> dict[str, str]:
    """Return `environment` such that the client knows the engine at `host` as `name`, too.

    kind, environment: of root's engine of the lab whose client that is; folder: for what it is
    told, the same for all contexts of a client; host: the address, and for podman a file to get in
    with by ssh. Raises LabError.
    """
    address, *key = host
    if kind == "docker":
        told = {**environment, "DOCKER_CONFIG": str(folder)}
        command = ["docker", "context", "create", name, f"--docker=host={address}"]
    else:
        told = {**environment, "HOME": str(folder)}
        identity = [f"--identity={file}" for file in key if file]
        command = ["podman", "system", "connection", "add", *identity, name, address]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(command)}: {done.stderr.strip()}"
        raise LabError(message)
    return told
