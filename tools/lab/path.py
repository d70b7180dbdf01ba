"""A search path on which only chosen engines' commands are found."""

import os
from pathlib import Path

HIDDEN = ("buildah", "docker", "nerdctl", "podman", "skopeo")


def path_without_engines(path: str, folder: Path) -> str:
    """Return `path` without the commands in HIDDEN.

    A directory that has one of them is replaced by one in `folder`, of links to all else in it,
    which is made unless an earlier call made it.
    """
    return os.pathsep.join(_replaced(directory, folder) for directory in path.split(os.pathsep))


def _replaced(directory: str, folder: Path) -> str:
    if not any((Path(directory) / name).exists() for name in HIDDEN):
        return directory
    links = folder / directory.strip("/").replace("/", "-")
    if not links.exists():
        _link_others(Path(directory), links)
    return str(links)


def _link_others(directory: Path, links: Path) -> None:
    links.mkdir(parents=True)
    for file in directory.iterdir():
        if file.name not in HIDDEN:
            (links / file.name).symlink_to(file.absolute())
