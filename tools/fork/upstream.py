"""Find the pinned upstream release among the installed distributions and verify every file."""

from __future__ import annotations

import importlib.metadata
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE, Files, read_sums, read_tree, sha256


@dataclass(frozen=True)
class Lock:
    """The pinned release: its version and the SHA-256 of its two files on the package index."""

    version: str
    wheel: str
    sdist: str

    @property
    def dist_info(self) -> str:
        """The name of the release's metadata folder."""
        return f"{PACKAGE}-{self.version}.dist-info"


def read_lock(root: Path) -> Lock:
    """Read `upstream/lock.toml`; raises `ForkError` if it is missing or malformed."""
    path = root / "upstream/lock.toml"
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ForkError(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ForkError(f"{path}: {error}") from error
    wanted = dict.fromkeys(("version", "wheel", "sdist"), str)
    if {name: type(value) for name, value in values.items()} != wanted:
        raise ForkError(f"{path}: needs exactly the strings version, wheel and sdist")
    return Lock(**values)


def find(lock: Lock) -> Path:
    """Return the folder in which the pinned release is installed.

    Raises `ForkError` if it is not installed, or only in other versions.
    """
    others = []
    for distribution in importlib.metadata.distributions(name=PACKAGE):
        if distribution.version == lock.version:
            return Path(str(distribution.locate_file("")))
        others.append(distribution.version)
    raise ForkError(
        f"{PACKAGE} {lock.version} is not installed in the build environment"
        f" (found: {', '.join(others) or 'no version'});"
        " a build without isolation needs it on PYTHONPATH, from:"
        f" pip install --no-deps --target DIR {PACKAGE}==={lock.version}"
    )


def verified(root: Path) -> Files:
    """Return the files of the pinned release, package and metadata, as they are installed.

    Raises `ForkError` unless they are exactly those in `upstream/SHA256SUMS`.
    """
    lock, sums = read_lock(root), read_sums(root / "upstream/SHA256SUMS")
    site = find(lock)
    metadata = read_tree(site, lock.dist_info)  # with more in it from the installer
    found = read_tree(site) | {path: metadata[path] for path in sums if path in metadata}
    problems = [
        f"{site / path} {problem}"
        for path in sorted(sums.keys() | found.keys())
        if (problem := _problem(found.get(path), sums.get(path)))
    ]
    if problems:
        more = {1: "", 2: " (and 1 other file is not as listed)"}
        default = f" (and {len(problems) - 1} other files are not as listed)"
        raise ForkError(problems[0] + more.get(len(problems), default))
    return found


def _problem(data: bytes | None, digest: str | None) -> str | None:
    if data is None:
        return "is missing, but upstream/SHA256SUMS lists it"
    if digest is None:
        return "is not in upstream/SHA256SUMS, so it is not upstream's"
    if sha256(data) != digest:
        return "is not upstream's: its hash is not that in upstream/SHA256SUMS"
    return None
