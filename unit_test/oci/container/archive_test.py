from __future__ import annotations

import gzip
import io
import os
import re
import socket
import stat
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.container.archive import MEBIBYTE, Packer, compressed, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = st.binary(min_size=1, max_size=130).filter(
    lambda name: name not in {b".", b".."} and not re.search(rb"[/\0]", name)
)
FILES = st.tuples(st.binary(max_size=1200), st.sampled_from([0o600, 0o644, 0o755, 0o4711]))
LINKS = st.text("ab/.", min_size=1, max_size=200)
TREES = st.recursive(
    st.one_of(FILES, LINKS), lambda inner: st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)


def make(tree: object, path: bytes) -> None:
    """Make `tree` at `path`: a file, a link, or a folder of such."""
    if isinstance(tree, dict):
        os.mkdir(path)  # noqa: PTH102 - names are bytes
        for name, inner in tree.items():
            make(inner, path + b"/" + name)
    elif isinstance(tree, str):
        os.symlink(tree, path)  # noqa: PTH211
        return
    elif isinstance(tree, tuple):
        content, mode = tree
        Path(os.fsdecode(path)).write_bytes(content)
        os.chmod(path, mode)  # noqa: PTH101
    os.utime(path, (1, 1_000_000_000))


def facts(folder: Path) -> list[object]:
    """All that a copy has to keep of what is in `folder`."""
    found = [folder, *sorted(folder.rglob("*"))]
    inodes: dict[int, Path] = {}
    rows: list[object] = []
    for path in found:
        status = path.lstat()
        kind, mode = stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode)
        first = inodes.setdefault(status.st_ino, path).relative_to(folder)
        content = (
            path.readlink()
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else int(status.st_mtime)
        )
        rows.append((path.relative_to(folder), kind, mode, content, first))
    return rows


def packed(source: Path) -> bytes:
    packer = Packer()
    archive = b"".join(packer.folder(source))
    assert packer.missed == []
    return archive


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_a_folder_is_packed_as_it_is(tree: object) -> None:
    with TemporaryDirectory() as scratch:
        source, by_tar, by_python = (Path(scratch, name) for name in ("source", "tar", "python"))
        make(tree, os.fsencode(source))
        archive = packed(source)
        by_tar.mkdir()
        subprocess.run(["tar", "-xpC", by_tar, "-f", "-"], input=archive, check=True)
        assert facts(by_tar) == facts(source)
        with tarfile.open(fileobj=io.BytesIO(archive), errors="surrogateescape") as members:
            members.extractall(by_python, filter="fully_trusted")
        assert facts(by_python) == facts(source)


def odd(folder: Path) -> None:
    (folder / "a").write_bytes(b"x" * 600)
    (folder / "hard").hardlink_to(folder / "a")
    os.mkfifo(folder / "fifo")
    with (folder / "sparse").open("wb") as file:
        file.truncate(3 * MEBIBYTE + 5)


def test_links_pipes_and_holes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
    odd(source)
    os.utime(source, (1, 1_000_000_000))
    archive = packed(source)
    subprocess.run(["tar", "-xpC", target, "-f", "-"], input=archive, check=True)
    assert facts(target) == facts(source)
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        assert {(m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, "", "")}


def test_a_socket_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert members_of(packed(tmp_path)) == {}


def members_of(archive: bytes) -> dict[str, bytes]:
    """The files in `archive`, which has to be whole."""
    assert archive.endswith(bytes(1024))
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        files = {m.name: members.extractfile(m) for m in members if m.isreg()}
        return {name: file.read() for name, file in files.items() if file}


@pytest.mark.parametrize(
    ("change", "left", "why"),
    [
        ("shrink", b"x" * MEBIBYTE + bytes(MEBIBYTE + 7), "it got shorter"),
        ("grow", b"x" * (2 * MEBIBYTE + 7), "it got longer"),
        ("remove", b"x" * (2 * MEBIBYTE + 7), ""),
    ],
)
def test_a_file_that_changes_while_it_is_read(
    change: str, left: bytes, why: str, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    first.write_bytes(b"x" * (2 * MEBIBYTE + 7))
    (tmp_path / "last").write_bytes(b"data")
    packer = Packer()
    pieces = packer.folder(tmp_path)
    given_before = list(until(pieces, size=MEBIBYTE))
    if change == "remove":
        first.unlink()
    else:
        os.truncate(first, MEBIBYTE if change == "shrink" else 9 * MEBIBYTE)
    assert packer.last is None
    archive = b"".join([*given_before, *pieces])
    assert members_of(archive) == {"first": left, "last": b"data"}
    assert [text for text in packer.missed if why not in text] == []
    assert bool(packer.missed) == bool(why)
    assert packer.last == "last"


def until(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The first `pieces`, up to one of `size`."""
    for piece in pieces:
        yield piece
        if len(piece) == size:
            return


def test_what_is_gone_or_cannot_be_read(tmp_path: Path) -> None:
    for name in ("a", "gone", "last"):
        (tmp_path / name).write_text(name)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").touch()
    (tmp_path / "kept").symlink_to("a")
    packer = Packer()
    pieces = packer.folder(tmp_path)
    begun = [next(pieces), next(pieces)]
    (tmp_path / "gone").unlink()
    (tmp_path / "folder/file").unlink()
    (tmp_path / "folder").rmdir()
    (tmp_path / "last").unlink()
    archive = b"".join([*begun, *pieces])
    assert members_of(archive) == {"a": b"a"}
    why = "No such file or directory"
    assert packer.missed == [f"{name}: {why}" for name in ("folder", "gone", "last")]
    assert packer.last == "kept"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(OSError, match=path.name):
            list(Packer().folder(path))


def test_what_fails_when_it_is_read() -> None:
    packer = Packer()
    archive = b"".join(packer.file(Path("/proc/self/mem"), "memory"))
    assert members_of(archive) == {"memory": b""}
    assert packer.missed == ["memory: Input/output error"]


@pytest.mark.parametrize("mark", ["", "mark"])
def test_a_file(mark: str, tmp_path: Path) -> None:
    (tmp_path / "it's").write_bytes(b"data")
    (tmp_path / "it's").chmod(0o4711)
    packer = Packer()
    archive = b"".join(packer.file(tmp_path / "it's", "new", mark))
    assert members_of(archive) == {"new": b"data"} | ({mark: b""} if mark else {})
    assert packer.last == (mark or "new")
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        assert [m.mode for m in members] == [0o644] * (2 if mark else 1)


def test_unpack(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir(mode=0o700)
    (source / "a.whl").write_bytes(b"data")
    (source / "link").symlink_to("a.whl")
    (source / "folder").mkdir(0o711)
    (source / "folder/file").touch()
    (target / "a.whl").write_bytes(b"older")
    archive = packed(source)
    target.chmod(0o711)
    unpack(io.BytesIO(archive), target)
    assert facts(target)[1:] == facts(source)[1:]
    assert stat.S_IMODE(target.stat().st_mode) == 0o711


@pytest.mark.parametrize("cut", range(1, 6))
def test_unpack_of_what_is_cut(cut: int, tmp_path: Path) -> None:
    """Between two members, too: at each block but for one of zeros, which is an end."""
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    archive = packed(tmp_path)
    assert len(archive) == 7 * 512
    with pytest.raises(tarfile.TarError):
        unpack(io.BytesIO(archive[: (cut - 1) * 512]), tmp_path)
    unpack(io.BytesIO(archive[: 6 * 512]), tmp_path)


@given(st.lists(st.binary()))
def test_compressed(pieces: list[bytes]) -> None:
    packed = b"".join(compressed(pieces))
    assert gzip.decompress(packed) == b"".join(pieces)
