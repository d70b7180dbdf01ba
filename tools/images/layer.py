"""Blobs, and layers: tar archives that come out the same, byte for byte, each time."""

import gzip
import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, SupportsWrite

# The time of every file that has none of its own: 2025-01-01, later than zip and make mind.
EPOCH = 1735689600

# Real root file systems are packed to be read once or twice on the machine they are made on.
FAST, SMALL = 1, 9


@dataclass(frozen=True)
class Blob:
    """Bytes as a registry stores them, in memory or in a file."""

    digest: str
    size: int
    source: bytes | Path

    def open(self) -> BinaryIO:
        """A stream over the bytes."""
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")

    def read(self) -> bytes:
        """All of the bytes."""
        with self.open() as stream:
            return stream.read()


@dataclass(frozen=True)
class Layer:
    """A gzipped tar archive, and the digest of the archive within (its `diff_id`)."""

    blob: Blob
    diff_id: str


@dataclass(frozen=True)
class Member:
    """An entry of an archive; `data` is what a regular file holds."""

    info: tarfile.TarInfo
    data: bytes | IO[bytes] = b""


def digest(data: bytes) -> str:
    """The digest of `data` as the OCI specification writes it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def blob(data: bytes) -> Blob:
    """`data` as a blob."""
    return Blob(digest(data), len(data), data)


def folder(path: str, mode: int = 0o755) -> Member:
    """A directory."""
    info = _info(path, mode)
    info.type = tarfile.DIRTYPE
    return Member(info)


def file(path: str, data: bytes, mode: int = 0o644) -> Member:
    """A regular file."""
    info = _info(path, mode)
    info.size = len(data)
    return Member(info, data)


def link(path: str, target: str) -> Member:
    """A symbolic link to `target`."""
    info = _info(path, 0o777)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return Member(info)


def tree(root: Path) -> Iterator[Member]:
    """Everything below the folder `root`, in the order of its names.

    The owner is root, and the time is that of `EPOCH`.
    """
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            yield link(name, os.fspath(path.readlink()))
        elif path.is_dir():
            yield folder(name)
        else:
            # As with a umask of 022, whatever it is here.
            mode = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
            yield file(name, path.read_bytes(), mode)


def layer(members: Iterable[Member]) -> Layer:
    """A small layer, held in memory."""
    packed = io.BytesIO()
    compressed, archive = _pack(members, packed, SMALL)
    return Layer(Blob(compressed.digest, compressed.size, packed.getvalue()), archive.digest)


def layer_file(members: Iterable[Member], path: Path) -> Layer:
    """A large layer, written to `path`."""
    with path.open("wb") as target:
        compressed, archive = _pack(members, target, FAST)
    return Layer(Blob(compressed.digest, compressed.size, path), archive.digest)


def anew(of: Layer) -> Layer:
    """The same archive under a digest that it never had: another time in gzip's header.

    https://www.rfc-editor.org/rfc/rfc1952 has it in "Member format", as MTIME.
    """
    data = bytearray(of.blob.read())
    data[4:8] = os.urandom(4)
    return Layer(blob(bytes(data)), of.diff_id)


class _Measured(io.RawIOBase):
    """Passes on what is written, and takes its digest and size."""

    def __init__(self, target: "SupportsWrite[bytes]") -> None:
        self._target, self._hash, self.size = target, hashlib.sha256(), 0

    def write(self, data: "ReadableBuffer", /) -> int:
        written = bytes(data)
        self._target.write(written)
        self._hash.update(written)
        self.size += len(written)
        return len(written)

    @property
    def digest(self) -> str:
        return "sha256:" + self._hash.hexdigest()


def _pack(members: Iterable[Member], target: IO[bytes], level: int) -> tuple[_Measured, _Measured]:
    compressed = _Measured(target)
    with gzip.GzipFile("", "wb", level, compressed, mtime=0) as packer:
        archive = _Measured(packer)
        with tarfile.open(fileobj=archive, mode="w|", format=tarfile.GNU_FORMAT) as tar:
            for member in members:
                data = io.BytesIO(member.data) if isinstance(member.data, bytes) else member.data
                tar.addfile(member.info, data if member.info.isreg() else None)
    return compressed, archive


def _info(path: str, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.mode, info.mtime = mode, EPOCH
    return info
