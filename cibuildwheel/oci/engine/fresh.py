"""What registries say, where a client of theirs would answer from this machine's disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine import process
from cibuildwheel.oci.engine.docker_config import config_folder
from cibuildwheel.oci.wanted.address import split_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cibuildwheel.oci.engine.process import Answer

# `docker manifest inspect` shows first what `docker manifest create` has left here
# (https://docs.docker.com/reference/cli/docker/manifest/create/).
LISTS = "manifests"
MANIFEST = ("docker", "manifest")


def ask(*command: str) -> Answer:
    """What `command`, which asks a registry, answers of that: `process.ask`."""
    _, plain = split_command(command)
    if plain[:2] != MANIFEST:
        return process.ask(*command)
    with _without_lists() as environ:
        return process.ask(*command, environ=environ)


@contextmanager
def _without_lists() -> Iterator[Mapping[str, str] | None]:
    """Variables for Docker's client with all of the user's configuration but the lists in it.

    None where there is none to be left out, or no way to.
    """
    folder = config_folder()
    if folder is None or not (folder / LISTS).is_dir():
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cibuildwheel-docker-") as other:
        linked = _link_others(folder, Path(other))
        yield {**os.environ, "DOCKER_CONFIG": other} if linked else None


def _link_others(folder: Path, other: Path) -> bool:
    try:
        for file in folder.iterdir():
            if file.name != LISTS:
                (other / file.name).symlink_to(file.absolute())
    except OSError:  # on Windows not everybody may make links
        return False
    return True
