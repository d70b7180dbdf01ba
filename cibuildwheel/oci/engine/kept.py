"""What an engine keeps from run to run, beside what the user has in it."""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.reach import ask, change, glance
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.kept import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGINES = (Address("docker"), Address("podman"))


def list_kept(engine: Address) -> list[str]:
    """The names of all that `engine` keeps for us, as far as it tells them soon."""
    form = "{{.Repository}}:{{.Tag}}"
    listed = glance(engine, "image", "ls", "--format", form, REPOSITORY).stdout.split()
    # podman tells the other names of these images, too
    return [name for name in listed if name.startswith(f"{REPOSITORY}:")]


def keep(engine: Address, image: str, name: str) -> bool:
    """Let `engine` know `image` as `name`, too; whether it does."""
    return change(engine, "tag", image, name).ok


def forget(engine: Address, name: str) -> None:
    """Let `engine` not know an image as `name` any more. One without another name is removed."""
    change(engine, "rmi", name)


def clean_images() -> None:
    """Remove what is kept in each engine that answers, and tell how much that was.

    An image that has another name, too, is the user's and stays.
    """
    for engine in ENGINES:
        if not shutil.which(engine.name):
            continue
        with contextlib.suppress(EngineUnusableError, EngineTooOldError):
            _clean(engine)


def _clean(engine: Address) -> None:
    names = list_kept(engine)
    for name in names:
        _remove(engine, name, names)
    if names:
        print(f"Removed {len(names)} image(s) that were kept in {engine}.")


def _remove(engine: Address, name: str, ours: Sequence[str]) -> None:
    answer = ask(engine, "image", "inspect", "--format", "{{.Id}} {{json .RepoTags}}", name)
    image, _, tags = answer.stdout.partition(" ")
    # What was pulled by digest is known by that as well, and would stay. Docker 28 with the
    # containerd store has that among the tags.
    only_ours = answer.ok and {tag for tag in json.loads(tags) if "@" not in tag} <= set(ours)
    change(engine, "rmi", *(("--force", image) if only_ours else (name,)))
