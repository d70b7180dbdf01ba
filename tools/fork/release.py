"""Upstream's releases as files from the package index."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE, Files, sha256
from tools.fork.upstream import Lock
from tools.unpack import unpack

#: Files of a wheel that installers change, so that an installation cannot be compared with them.
_INSTALLERS = (".dist-info/RECORD", ".dist-info/WHEEL")


def wheel(root: Path, version: str, digest: str | None = None) -> Path:
    """Return the wheel of a release, downloaded to build/cache; `digest` is its SHA-256 if known.

    Raises `ForkError` if the index does not have it, or has another.
    """
    return _download(root, version, "*.whl", ["--only-binary", ":all:"], digest)


def sdist(root: Path, version: str, digest: str | None = None) -> Path:
    """Return the sdist of a release; see `wheel`."""
    return _download(root, version, "*.tar.gz", ["--no-binary", PACKAGE], digest)


def make_lock(root: Path, version: str) -> Lock:
    """Return the lock of a release that is not pinned yet."""
    digests = (sha256(get(root, version).read_bytes()) for get in (wheel, sdist))
    return Lock(version, *digests)


def newest() -> str:
    """Return the version of the newest release that the index has and this Python can install.

    Raises `ForkError` if the index can't be asked.
    """
    command = [sys.executable, "-m", "pip", "index", "versions", PACKAGE, "--json"]
    done = subprocess.run(
        [*command, "--disable-pip-version-check"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ForkError(f"cannot ask for the releases of {PACKAGE}: {done.stderr.strip()}")
    return str(json.loads(done.stdout)["latest"])


def wheel_files(path: Path) -> Files:
    """Return the files in a wheel that an installation has unchanged."""
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if not n.endswith(("/", *_INSTALLERS))]
        return {name: archive.read(name) for name in names}


def unpack_sdist(path: Path, to: Path) -> None:
    """Unpack an sdist to the new folder `to`, as upstream's repository has it: without PKG-INFO."""
    with tempfile.TemporaryDirectory(dir=to.parent) as folder:
        with tarfile.open(path) as archive:
            unpack(archive, Path(folder))
        (top,) = Path(folder).iterdir()
        (top / "PKG-INFO").unlink()
        top.rename(to)


def _download(
    root: Path, version: str, pattern: str, options: list[str], digest: str | None
) -> Path:
    cache = root / "build/cache" / version
    if not list(cache.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *options]
        command += ["--disable-pip-version-check", "--dest", str(cache), "-r", "/dev/stdin"]
        # With the hash, as pip runs the build of an sdist to learn its name.
        pin = f"{PACKAGE}==={version}" + (f" --hash=sha256:{digest}" if digest else "")
        done = subprocess.run(command, input=pin, text=True, capture_output=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
            reason = lines[-1] if lines else f"pip exits with {done.returncode}"
            raise ForkError(f"cannot download {PACKAGE} {version}: {reason}")
    (path,) = cache.glob(pattern)
    found = sha256(path.read_bytes())
    if digest not in (None, found):
        raise ForkError(f"{path}: its SHA-256 is {found}, not {digest} as in upstream/lock.toml")
    return path
