"""The engine that a machine has anyway, as a contributor's laptop or a hosted CI runner."""

import os
import shutil
import subprocess
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.lab.engine import Engine
from tools.lab.errors import LabError
from tools.lab.process import Process, spawn
from tools.lab.registry import Registry, free_address
from tools.lab.specs import Kind

NAMES: dict[str, Kind] = {"system-docker": "docker", "system-podman": "podman"}

_REGISTRIES = """\
[[registry]]
location = "{address}"
insecure = true
"""

_NONE = "<none>"
_NAMELESS = ""


class _Image(NamedTuple):
    name: str
    id: str


class SystemEngine(Engine):
    """Docker or podman as this machine has it, with a registry on a free port of loopback.

    The engine has to be on this machine, too: it is to find the registry on its own loopback.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Make one that has no registry yet; `folder` is for what it writes."""
        self.name, self.kind = name, NAMES[name]
        self._folder = folder
        storage = folder / "images"
        self.registry = Registry(folder, "registry", free_address(), storage, self._spawn)
        self.push_address = self.registry.address
        self.env = dict(os.environ)

    def _spawn(self, log: str, *command: str) -> Process:
        return spawn(
            ["setpriv", "--pdeathsig=KILL", *command], self.env, self._folder / "log" / log
        )

    def start(self) -> None:
        """Start the registry and ask the engine what it is; raises LabError."""
        (self._folder / "log").mkdir(parents=True)
        if self.kind == "podman":
            file = self._folder / "registries.conf"
            file.write_text(_REGISTRIES.format(address=self.registry.address))
            self.env["CONTAINERS_REGISTRIES_CONF"] = str(file)
        self.registry.start()
        self.version, self.store = self.ask_version(), self.ask_store()
        self._before = {image.id for image in self._images()}

    def stop(self) -> None:
        """Remove what tests left in the engine, and stop the registry."""
        self.reset()
        self.registry.stop()

    def uplink(self) -> AbstractContextManager[None]:
        """Do nothing: the containers of a machine's own engine reach what it reaches."""
        return nullcontext()

    def reset(self) -> None:
        """Remove the images of this registry, and their containers; leave all else alone.

        An image of this registry has no name when another platform of it was pulled since: those
        without a name that weren't there at the start go as well.
        """
        for container in self.run("ps", "--all", "--quiet", "--no-trunc").split():
            if self._is_ours(self._image_of(container)):
                self.run("rm", "--force", "--volumes", container)
        for image in self._images():
            if self._is_ours(image.name):
                self.run("rmi", "--force", image.name)
            elif image.name == _NAMELESS and image.id not in self._before:
                self.run("rmi", image.id)
        self.registry.forget()

    def _is_ours(self, name: str) -> bool:
        return name.startswith(f"{self.registry.address}/")

    def _image_of(self, container: str) -> str:
        form = "{{.Config.Image}}"
        try:
            return self.run("inspect", "--type=container", "--format", form, container)
        except LabError:
            return _NAMELESS  # somebody else's, and gone by now

    def _images(self) -> list[_Image]:
        form = "{{.Repository}} {{.Tag}} {{.Digest}} {{.ID}}"
        listed = self.run("images", "--all", "--digests", "--no-trunc", "--format", form)
        return [_image(*line.split()) for line in listed.splitlines()]


def _image(repository: str, tag: str, digest: str, identity: str) -> _Image:
    if repository == _NONE:
        return _Image(_NAMELESS, identity)
    return _Image(f"{repository}:{tag}" if tag != _NONE else f"{repository}@{digest}", identity)


@cache
def has_exact_client(kind: Kind) -> bool:
    """Return whether this machine has skopeo, or Docker's buildx, to ask registries with."""
    if shutil.which("skopeo"):
        return True
    buildx = ["docker", "buildx", "version"]
    return (
        kind == "docker" and not subprocess.run(buildx, capture_output=True, check=False).returncode
    )


def unavailable(name: str) -> str | None:
    """Return why this machine has no such engine of its own that works; None if it has."""
    kind = NAMES[name]
    for command in (kind, "docker-registry", "setpriv"):
        if not shutil.which(command):
            return f"{command} is not installed"
    side = "Server" if kind == "docker" else "Client"
    asked = subprocess.run(
        [kind, "version", "--format", f"{{{{.{side}.Version}}}}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return f"{kind} does not work: {asked.stderr.strip()}" if asked.returncode else None
