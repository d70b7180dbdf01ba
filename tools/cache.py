"""Folders that are expensive to make and depend on nothing but their recipe, kept between runs."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

VARIABLE = "CIBUILDWHEEL_PLATFORM_CACHE"


def cache_root() -> Path:
    """Return the project's cache folder, which need not exist yet.

    It is what the environment variable CIBUILDWHEEL_PLATFORM_CACHE names, else
    `cibuildwheel-platform` in the XDG cache directory.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).absolute()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home).absolute() / "cibuildwheel-platform"


def recipe_key(recipe: Mapping[str, object]) -> str:
    """Return a short key that is equal for equal recipes; the values must be valid in JSON."""
    text = json.dumps(recipe, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def made_by(file: str) -> str:
    """Return what a recipe has of the module `file`, so that a change of it makes all anew."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def cached_folder(name: str, recipe: Mapping[str, object], make: Callable[[Path], None]) -> Path:
    """Return the folder that `make` fills from `recipe`, made now unless a run before did.

    `make` is given a path that doesn't exist, and makes a folder of it. What it leaves when it
    raises, or is killed, is never taken for the finished folder and is removed by the next try.
    Several processes may ask at once: one makes it, the others wait.
    """
    folder = cache_root() / name / recipe_key(recipe)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock")):
        if not folder.is_dir():
            partial = folder.with_suffix(".partial")
            if partial.exists():
                shutil.rmtree(partial)
            make(partial)
            partial.rename(folder)
    return folder


@contextlib.contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Keep other processes from the same for as long as this lasts; `path` is a file to make.

    What is `shared` keeps only those waiting that are not.
    """
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
