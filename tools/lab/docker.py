"""Docker in a sandbox: its daemon, and its client as a command."""

import json
import os
import socket
import time
from pathlib import Path

from tools.cache import VARIABLE
from tools.lab.errors import LabError
from tools.lab.sandbox import Sandbox

RESET = """
docker ps --all --quiet | xargs -r docker rm --force --volumes >/dev/null
docker image prune --all --force >/dev/null
docker images --all --quiet
"""
"""Empties Docker and prints the images that stayed."""

# unix(7): sun_path has 108 bytes, the last one zero.
_LONGEST_SOCKET = 107


def socket_path(sandbox: Sandbox) -> Path:
    """Return where the daemon listens, the same for the host and in the sandbox."""
    return sandbox.folder / "docker.sock"


def start(sandbox: Sandbox, *, containerd: bool) -> None:
    """Start the daemon, with containerd's image store or its own, and wait until it answers.

    Raises LabError, with the end of the daemon's log, when it doesn't.
    """
    path = socket_path(sandbox)
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        message = f"{path} is too long for a socket: set {VARIABLE} to a shorter path"
        raise LabError(message)
    config = {"features": {"containerd-snapshotter": containerd}}
    sandbox.write("/etc/docker/daemon.json", json.dumps(config))
    listen = ["--host=unix:///run/docker.sock", f"--host=unix://{path}"]
    data = f"--data-root={sandbox.folder / 'data' / 'docker'}"
    daemon = sandbox.spawn("dockerd", "dockerd", data, *listen)
    deadline = time.monotonic() + 60
    while not _answers(path):
        if not daemon.alive() or time.monotonic() > deadline:
            log = (sandbox.folder / "log" / "dockerd").read_text(errors="replace")
            message = f"dockerd of {sandbox.folder.name} didn't start:\n{log[-2000:].strip()}"
            raise LabError(message)
        time.sleep(0.05)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in client.recv(64)
        except OSError:
            return False
