"""Engines behind ssh, to which few commands may be on their way at once.

Each command is one connection or more: `docker run` makes three, a command of podman two (seen).
An sshd turns away some of those that come when ten have not yet logged in (MaxStartups in
https://man.openbsd.org/sshd_config).
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from threading import Semaphore
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.bound import uncounted
from cibuildwheel.oci.engine.docker_config import read_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 3
SCHEME = "ssh://"
# What Docker's client asks registries itself (seen).
NOT_OF_THE_ENGINE = ("buildx", "manifest")

_turns = {name: Semaphore(AT_ONCE) for name in ("docker", "podman")}


@contextmanager
def turn(command: Sequence[str]) -> Iterator[None]:
    """Within this, be one of AT_ONCE, if `command` goes to an engine behind ssh.

    The wait for that is none of the time that the thread has.
    """
    if not goes_by_ssh(command):
        yield
        return
    with uncounted():
        _turns[command[0]].acquire()
    try:
        yield
    finally:
        _turns[command[0]].release()


def goes_by_ssh(command: Sequence[str]) -> bool:
    """Whether `command` goes to an engine behind ssh, as far as files and variables tell."""
    if command[0] == "docker":
        return command[1] not in NOT_OF_THE_ENGINE and _docker_host().startswith(SCHEME)
    return command[0] == "podman" and _is_podman_far()


def _docker_host() -> str:
    """Where Docker's client finds its engine; `""` for what is not told.

    The file of a context is named by the digest of the name
    (https://pkg.go.dev/github.com/docker/cli/cli/context/store).
    """
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = os.environ.get("DOCKER_CONTEXT") or read_config("config.json").get("currentContext")
    if not context:
        return ""
    folder = hashlib.sha256(str(context).encode()).hexdigest()
    meta = read_config("contexts", "meta", folder, "meta.json")
    try:
        return str(meta["Endpoints"]["docker"]["Host"])
    except (KeyError, TypeError):
        return ""


def _is_podman_far() -> bool:
    """Whether podman's client goes by ssh: to connections by name, and to a machine's Linux."""
    if host := os.environ.get("CONTAINER_HOST"):
        return host.startswith(SCHEME)
    return bool(os.environ.get("CONTAINER_CONNECTION")) or sys.platform != "linux"
