"""An engine as a test sees it: a command on PATH, and a registry it can pull from."""

import json
import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tools.lab.errors import LabError
from tools.lab.registry import Registry, Request
from tools.lab.specs import Kind, Store

_FOREIGN = ("BUILDX_", "CONTAINERS_", "CONTAINER_", "DOCKER_", "PODMAN_", "REGISTRY_AUTH_FILE")


class Engine(ABC):
    """A running engine with a registry of its own.

    env: the environment for a process that is to use this engine; a copy, free to be changed
    registry: its registry; `registry.address` is what the engine knows it by
    push_address: where to push what is to be found there
    version: the daemon's, or podman's own
    """

    name: str
    kind: Kind
    store: Store
    version: str
    registry: Registry
    push_address: str
    env: dict[str, str]

    def run(self, *arguments: str, text: str = "") -> str:
        """Run the engine's command and return its output, without the white space at the ends.

        Raises LabError, with what it wrote to its standard error, when it fails.
        """
        done = subprocess.run(
            [self.kind, *arguments],
            env=self.env,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{self.kind} {' '.join(arguments)} on {self.name}: {done.stderr.strip()}"
            raise LabError(message)
        return done.stdout.strip()

    def frequent(self, *command: str) -> tuple[list[str], dict[str, str]]:
        """Return what runs `command`, which is to call the engine many times, and its environment.

        The same as `command` in `env`, but where that takes longer for each call.
        """
        return list(command), self.env

    @abstractmethod
    def uplink(self) -> AbstractContextManager[None]:
        """Let containers reach what this machine reaches, for as long as this lasts."""

    @abstractmethod
    def reset(self) -> None:
        """Remove the containers and images that tests left; the registry's log begins here."""

    def registry_log(self) -> list[Request]:
        """Return what the registry was asked since the last `reset`."""
        return self.registry.requests()

    @contextmanager
    def registry_down(self) -> Iterator[None]:
        """Have no registry for as long as this lasts: connections are refused."""
        self.registry.stop()
        try:
            yield
        finally:
            self.registry.start()

    def ask_version(self) -> str:
        """Return the version, asked of the engine."""
        side = "Server" if self.kind == "docker" else "Client"
        return self.run("version", "--format", f"{{{{.{side}.Version}}}}")

    def ask_store(self) -> Store:
        """Return the kind of image store, asked of the engine."""
        if self.kind == "podman":
            return "podman"
        status: list[list[str]] = json.loads(self.run("info", "--format", "{{json .DriverStatus}}"))
        snapshotter = ["driver-type", "io.containerd.snapshotter.v1"]
        return "containerd" if snapshotter in status else "classic"


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would lead a client to another engine."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
