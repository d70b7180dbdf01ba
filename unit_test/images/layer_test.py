import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.cache import VARIABLE
from tools.images.base import cached_layer
from tools.images.layer import (
    EPOCH,
    Member,
    anew,
    digest,
    file,
    folder,
    layer,
    layer_file,
    link,
    tree,
)

names = st.from_regex(r"[a-z0-9.]{1,20}/[a-zé]{1,120}", fullmatch=True)


@given(st.dictionaries(names, st.binary(max_size=2000), max_size=5))
def test_layer_holds_its_files(files: dict[str, bytes]) -> None:
    made = layer([file(name, data) for name, data in files.items()])
    packed = made.blob.read()
    archive = gzip.decompress(packed)
    assert made.blob.digest == digest(packed)
    assert made.blob.size == len(packed)
    assert made.diff_id == digest(archive)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = {info.name: (tar.extractfile(info) or io.BytesIO()).read() for info in tar}
    assert found == files


def test_layer_is_the_same_each_time() -> None:
    members = [folder("bin"), file("bin/sh", b"shell", 0o755), link("bin/bash", "sh")]
    assert layer(members) == layer(members)


def test_the_same_archive_under_another_digest() -> None:
    of = layer([file("a", b"1")])
    one, other = anew(of), anew(of)
    assert len({of.blob.digest, one.blob.digest, other.blob.digest}) == 3
    assert one.diff_id == of.diff_id == digest(gzip.decompress(one.blob.read()))
    assert one.blob.digest == digest(one.blob.read())


def test_layer_keeps_kinds_and_modes() -> None:
    made = layer([folder("tmp", 0o1777), file("sh", b"x", 0o755), link("bash", "sh")])
    with tarfile.open(fileobj=made.blob.open()) as tar:
        found = {info.name: (info.type, info.mode, info.linkname, info.mtime) for info in tar}
    assert found == {
        "tmp": (tarfile.DIRTYPE, 0o1777, "", EPOCH),
        "sh": (tarfile.REGTYPE, 0o755, "", EPOCH),
        "bash": (tarfile.SYMTYPE, 0o777, "sh", EPOCH),
    }


def test_layer_in_a_file_is_that_in_memory_unpacked(tmp_path: Path) -> None:
    members = [file("a", b"b" * 100_000)]
    packed = layer_file(members, tmp_path / "layer")
    assert packed.diff_id == layer(members).diff_id
    assert (
        digest((tmp_path / "layer").read_bytes())
        == packed.blob.digest
        == digest(packed.blob.read())
    )


def test_tree(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b/program").write_bytes(b"#!")
    (tmp_path / "b/program").chmod(0o700)
    (tmp_path / "a").symlink_to("/nowhere")
    found = [(m.info.name, m.info.mode, m.info.linkname, m.data) for m in tree(tmp_path)]
    assert found == [
        ("a", 0o777, "/nowhere", b""),
        ("b", 0o755, "", b""),
        ("b/program", 0o755, "", b"#!"),
    ]


def test_cached_layer_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    calls: list[None] = []

    def members() -> list[Member]:
        calls.append(None)
        return [file("a", b"b")]

    first = cached_layer("test", {"recipe": 1}, members)
    assert cached_layer("test", {"recipe": 1}, members) == first
    assert len(calls) == 1
    other = cached_layer("test", {"recipe": 2}, members)
    assert (len(calls), other.diff_id) == (2, first.diff_id)


def test_cached_layer_that_fails_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    def broken() -> list[Member]:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011
        cached_layer("test", {}, broken)
    assert cached_layer("test", {}, lambda: [file("a", b"b")]).blob.size
