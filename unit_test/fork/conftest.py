"""A fork of a tiny upstream, with real files: release, lock, patches, own modules."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tools.fork.files import Files, format_sums, sha256, write_tree
from tools.fork.patch import blob_id
from tools.fork.patch_file import SIGNATURE

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "1.2.3"
OWN = "cibuildwheel/oci/wanted/platform.py"
ENGINE = "cibuildwheel/engine.py"

METADATA = b"""\
Metadata-Version: 2.4
Name: cibuildwheel
Version: %b
Classifier: Topic :: Software Development :: Build Tools
Requires-Python: >=3.11
Requires-Dist: bracex
Requires-Dist: tomli; python_version < '3.11'
Provides-Extra: uv
Requires-Dist: uv>=1; extra == 'uv'

Long text.
"""

ENTRY_POINTS = b"""\
[console_scripts]
cibuildwheel = cibuildwheel.__main__:main

[validate_pyproject.tool_schema]
cibuildwheel = cibuildwheel.schema:get_schema
"""


def make_package(version: str, *engine: str) -> Files:
    """Return upstream's package, with the given lines in its module `engine`."""
    return {
        "cibuildwheel/__init__.py": f'__version__ = "{version}"\n'.encode(),
        ENGINE: "".join(f"{line}\n" for line in engine).encode(),
        "cibuildwheel/resources/schema.json": b"{}\n",
    }


def make_release(package: Files, version: str) -> Files:
    """Return what is installed of a release with this package."""
    info = f"cibuildwheel-{version}.dist-info"
    return package | {
        f"{info}/METADATA": METADATA % version.encode(),
        f"{info}/entry_points.txt": ENTRY_POINTS,
        f"{info}/licenses/LICENSE": b"The licence.\n",
    }


def make_patch(path: str, before: bytes, after: bytes, hunk: str) -> bytes:
    """Return a patch of one file with the hunk, given as text."""
    return (
        f"From: Someone <someone@invalid>\nSubject: [PATCH] Change\n\n"
        f"diff --git a/{path} b/{path}\n"
        f"index {blob_id(before)}..{blob_id(after)} 100644\n"
        f"--- a/{path}\n+++ b/{path}\n{hunk}-- \n{SIGNATURE}\n\n"
    ).encode()


@dataclass
class Fork:
    """The repository `root` of a fork, and the folder `site` with upstream installed."""

    root: Path
    site: Path

    def publish(self, version: str, *engine: str) -> Files:
        """Put a release where `tools.fork` keeps what it has downloaded; returns its files."""
        package = make_package(version, *engine)
        release = make_release(package, version)
        cache = self.root / "build/cache" / version
        cache.mkdir(parents=True)
        with zipfile.ZipFile(cache / "cibuildwheel.whl", "w") as wheel:
            for path, data in release.items():
                wheel.writestr(path, data)
        with tarfile.open(cache / "cibuildwheel.tar.gz", "w:gz") as sdist:
            repository = package | {"PKG-INFO": b"", "unit_test/engine_test.py": b"# tests\n"}
            for path, data in repository.items():
                member = tarfile.TarInfo(f"cibuildwheel-{version}/{path}")
                member.size = len(data)
                sdist.addfile(member, io.BytesIO(data))
        return release

    def pin(self, version: str, release: Files) -> None:
        """Write upstream/ and pyproject.toml for a published release."""
        cache = self.root / "build/cache" / version
        digests = {
            kind: sha256((cache / name).read_bytes())
            for kind, name in (("wheel", "cibuildwheel.whl"), ("sdist", "cibuildwheel.tar.gz"))
        }
        lock = "".join(
            f'{key} = "{text}"\n' for key, text in ({"version": version} | digests).items()
        )
        project = (
            f'[build-system]\nrequires = ["cibuildwheel==={version}"]\n'
            f'[project]\nversion = "{version}+platform.1"\n'
        )
        files = {
            "upstream/lock.toml": lock.encode(),
            "upstream/SHA256SUMS": format_sums(release).encode(),
            "pyproject.toml": project.encode(),
        }
        write_tree(files, self.root)

    def add_patch(self, name: str, data: bytes) -> None:
        """Add a patch to the end of the series."""
        (self.root / "patches" / name).write_bytes(data)
        with (self.root / "patches/series").open("a") as series:
            series.write(f"{name}\n")


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fork:
    """A fork without patches of the release 1.2.3, which is installed on `sys.path`."""
    fork = Fork(tmp_path / "fork", tmp_path / "site")
    release = fork.publish(VERSION, "one", "two", "three")
    fork.pin(VERSION, release)
    write_tree({OWN: b"import os\n", "patches/series": b""}, fork.root)
    write_tree(release, fork.site)
    monkeypatch.syspath_prepend(fork.site)
    return fork
