"""Engines behind ssh, to which few commands may be on their way at once.

Each command is one connection or more: `docker run` makes three, a command of podman two (seen).
An sshd turns away some of those that come when ten have not yet logged in (MaxStartups in
https://man.openbsd.org/sshd_config).
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from threading import Semaphore
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.bound import uncounted
from cibuildwheel.oci.engine.endpoint import docker_host
from cibuildwheel.oci.wanted.address import split_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE = 3
SCHEME = "ssh://"
# What Docker's client asks registries itself (seen).
NOT_OF_THE_ENGINE = ("buildx", "manifest")

_turns: dict[str, Semaphore] = {}


@contextmanager
def turn(command: Sequence[str]) -> Iterator[None]:
    """Within this, be one of AT_ONCE that go the same way, if `command` goes by ssh.

    The wait for that is none of the time that the thread has.
    """
    way = ssh_of(command)
    if not way:
        yield
        return
    turns = _turns.setdefault(way, Semaphore(AT_ONCE))
    with uncounted():
        turns.acquire()
    try:
        yield
    finally:
        turns.release()


def ssh_of(command: Sequence[str]) -> str:
    """The way by ssh that `command` goes to its engine, as far as files and variables tell.

    `""` if it goes by none.
    """
    context, (name, *rest) = split_command(command)
    if name == "docker":
        host = docker_host(context)
        return host if rest[0] not in NOT_OF_THE_ENGINE and host.startswith(SCHEME) else ""
    return f"{name} {context}" if name == "podman" and _is_podman_far(context) else ""


def _is_podman_far(connection: str) -> bool:
    """Whether podman's client goes by ssh: to connections by name, and to a machine's Linux."""
    named = connection or os.environ.get("CONTAINER_CONNECTION")
    host = "" if named else os.environ.get("CONTAINER_HOST", "")
    return host.startswith(SCHEME) if host else bool(named) or sys.platform != "linux"
