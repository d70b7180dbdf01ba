import tarfile
from pathlib import Path

import pytest

from tools.cache import VARIABLE
from tools.images.debian import MIRROR_VARIABLE
from tools.images.errors import ImageError
from tools.images.layer import digest
from tools.images.source import Source


@pytest.fixture
def source(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Source:
    """An archive that the mirror has."""
    monkeypatch.setenv(MIRROR_VARIABLE, f"{server}/")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    (tmp_path / "made-1.0").mkdir()
    (tmp_path / "made-1.0/configure").write_text("#!/bin/sh\n")
    archive = tmp_path / "made_1.0.orig.tar.xz"
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(tmp_path / "made-1.0", "made-1.0")
    return Source(archive.name, digest(archive.read_bytes()).removeprefix("sha256:"))


def test_source_is_unpacked_once(source: Source, tmp_path: Path) -> None:
    folder = source.folder()
    assert (folder.name, [path.name for path in folder.iterdir()]) == ("made-1.0", ["configure"])
    (tmp_path / source.path).unlink()
    assert source.folder() == folder


def test_archive_that_is_not_what_is_pinned(source: Source, tmp_path: Path) -> None:
    (tmp_path / source.path).write_bytes(b"another")
    with pytest.raises(
        ImageError, match=rf"{source.path} is not what is pinned: .* {source.sha256}"
    ):
        source.folder()


def test_archive_that_the_mirror_lacks(source: Source, tmp_path: Path) -> None:
    (tmp_path / source.path).unlink()
    with pytest.raises(ImageError, match=rf"{source.path} could not be fetched: .*404"):
        source.folder()


def test_mirror_that_does_not_answer(
    source: Source, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, nowhere)
    with pytest.raises(ImageError, match=r"could not be fetched: .*refused"):
        source.folder()
