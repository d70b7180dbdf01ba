"""A registry as a plain process on loopback, with a log of what it was asked."""

import json
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.lab.errors import LabError
from tools.lab.process import Process

USER, PASSWORD = "lab", "lab"
"""What a registry with authentication accepts."""

# Made by `htpasswd -nbB lab lab`: the registry takes bcrypt only.
_HTPASSWD = "lab:$2y$05$JF1qxZ25CJppxjhr85DnnO4UjBczl9A49334DRfbtGcVSsrtELUlm\n"
# Of 300 reads of a blob, each took it 2.0 ms of processor time with this, and 3.6 by default.
_GARBAGE = 800
_LINE = re.compile(
    r'^\S+ \S+ \S+ \[[^]]*\] "(?P<method>[A-Z]+) (?P<path>\S+) [^"]*" (?P<status>\d+) (?P<size>\d+)'
    r' "[^"]*" "(?P<agent>[^"]*)"$'
)


class Spawn(Protocol):
    """Starts a process with its output in the named log, in whatever network it is to serve."""

    def __call__(self, log: str, *command: str) -> Process: ...  # noqa: D102


@dataclass(frozen=True)
class Request:
    """One request that a registry answered: `size` is the length of the answer in bytes."""

    method: str
    path: str
    status: int
    size: int
    agent: str

    @property
    def what(self) -> str:
        """Return `manifests`, `blobs`, `tags`, or an empty string, as the path says."""
        found = re.search(r".*/(manifests|blobs|tags)/", self.path)
        return found[1] if found else ""


class Registry:
    """A registry on one loopback address, that can be stopped and started again.

    folder: where it keeps its configuration; its log is `log/NAME` there
    storage: where the images are; several registries may serve the same
    auth: whether it serves only USER with PASSWORD
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        address: str,
        storage: Path,
        spawn: Spawn,
        *,
        auth: bool = False,
    ) -> None:
        """Make one that doesn't serve yet."""
        self.address = address
        self._folder = folder
        self._name = name
        self._storage = storage
        self._spawn = spawn
        self._auth = auth
        self._process: Process | None = None
        self._read = 0

    def _write_config(self) -> Path:
        config: dict[str, object] = {
            "version": "0.1",
            "log": {"accesslog": {"disabled": False}, "level": "info"},
            "storage": {
                "filesystem": {"rootdirectory": str(self._storage)},
                "delete": {"enabled": True},
            },
            "http": {"addr": self.address},
        }
        if self._auth:
            passwords = self._folder / f"{self._name}.htpasswd"
            passwords.write_text(_HTPASSWD)
            config["auth"] = {"htpasswd": {"realm": "lab", "path": str(passwords)}}
        file = self._folder / f"{self._name}.yml"
        file.write_text(json.dumps(config))  # JSON is YAML
        return file

    def start(self) -> Process:
        """Serve, unless it does already, and return the process; raises LabError when it can't."""
        if self._process and self._process.alive():
            return self._process
        seen = len(self._text())
        config = self._write_config()
        serve = ("docker-registry", "serve", str(config))
        self._process = self._spawn(self._name, "env", f"GOGC={_GARBAGE}", *serve)
        deadline = time.monotonic() + 10
        while f"listening on {self.address}" not in self._text()[seen:]:
            if not self._process.alive() or time.monotonic() > deadline:
                message = f"no registry on {self.address}:\n{self._text()[seen:].strip()}"
                raise LabError(message)
            time.sleep(0.01)
        return self._process

    def stop(self) -> None:
        """Serve no more: a client's connection is refused from now on.

        Raises LabError for one that another process has started.
        """
        if not self._process:
            message = f"the registry at {self.address} is not this process's to stop"
            raise LabError(message)
        self._process.end()

    def forget(self) -> None:
        """Let `requests` begin here."""
        self._read = len(self._text())

    def requests(self) -> list[Request]:
        """Return what was asked since the start or the last `forget`, in order."""
        return requests_in(self._text()[self._read :])

    def _text(self) -> str:
        log = self._folder / "log" / self._name
        return log.read_text(errors="replace") if log.exists() else ""


def requests_in(log: str) -> list[Request]:
    """Return the requests in a log of docker-registry, which has lines of other kinds, too."""
    found = map(_LINE.match, log.splitlines())
    return [
        Request(m["method"], m["path"], int(m["status"]), int(m["size"]), m["agent"])
        for m in found
        if m
    ]


def free_address() -> str:
    """Return an address on loopback whose port nothing listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{server.getsockname()[1]}"
