"""Archives as `tar -c` makes them, by Python's tarfile: a host's own tar may be any, or none.

What is packed belongs to root and has the modes, times and links that it has here. Sockets are left
out, as GNU tar does (https://www.gnu.org/software/tar/manual/html_node/create-options.html).
"""

from __future__ import annotations

import os
import stat
import tarfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Self

MEBIBYTE = 1024 * 1024
END = bytes(2 * tarfile.BLOCKSIZE)
NEW_FILE = 0o644
# https://docs.python.org/3/library/zlib.html#zlib.compressobj
QUICKLY, GZIP = 1, 31
GOT_SHORTER = "it got shorter while it was read, and ends with zeros here"
GOT_LONGER = "it got longer while it was read"
NO_FILE = "it is no file, folder or link"


class Packer:
    """Makes one archive, whose bytes `folder` or `file` give a piece at a time.

    `last` is the name of its last member, `""` if it is empty, once all has been given, and None
    before that; `missed` is what is not in it as it is here, each with the reason.
    """

    def __init__(self) -> None:
        self.last: str | None = None
        self.missed: list[str] = []
        self._given = ""
        self._links: dict[tuple[int, int], str] = {}

    def folder(self, source: Path, mark: str = "") -> Iterator[bytes]:
        """All that is in the folder `source`; then an empty file `mark`, if that is named.

        A name is added to `missed` for what can't be read. Raises OSError if `source` can't.
        """
        status = source.stat()
        todo = _entries(os.fspath(source), "")
        yield _header(_member(".", tarfile.DIRTYPE, status))
        while todo:
            path, name = todo.pop()
            try:
                status = os.lstat(path)
                if stat.S_ISDIR(status.st_mode):
                    yield self._give(_member(name, tarfile.DIRTYPE, status))
                    todo += _entries(path, f"{name}/")
                else:
                    yield from self._pack(path, name, status)
            except OSError as error:
                self._miss(name, str(error.strerror))
        yield from self._end(mark)

    def file(self, source: Path, name: str, mark: str = "") -> Iterator[bytes]:
        """The file `source` as a new file `name`; then as `folder`.

        Raises OSError if `source` can't be read.
        """
        yield from self._content(os.fspath(source), _name(name), NEW_FILE)
        yield from self._end(mark)

    def _end(self, mark: str) -> Iterator[bytes]:
        if mark:
            member = tarfile.TarInfo(mark)
            member.mode = NEW_FILE
            yield self._give(member)
        yield END
        self.last = self._given

    def _pack(self, path: str, name: str, status: os.stat_result) -> Iterator[bytes]:
        mode, key = status.st_mode, (status.st_dev, status.st_ino)
        if status.st_nlink > 1 and key in self._links:
            yield self._give(_member(name, tarfile.LNKTYPE, status, self._links[key]))
        elif stat.S_ISREG(mode):
            yield from self._content(path, name, stat.S_IMODE(mode))
            if status.st_nlink > 1:
                self._links[key] = name
        elif stat.S_ISLNK(mode):
            target = _name(os.readlink(path).replace(os.sep, "/"))  # noqa: PTH115 - as it is
            yield self._give(_member(name, tarfile.SYMTYPE, status, target))
        elif stat.S_ISFIFO(mode):
            yield self._give(_member(name, tarfile.FIFOTYPE, status))
        elif not stat.S_ISSOCK(mode):
            self._miss(name, NO_FILE)

    def _content(self, path: str, name: str, mode: int) -> Iterator[bytes]:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path takes as long to make
            status = os.fstat(file.fileno())
            member = _member(name, tarfile.REGTYPE, status, mode=mode)
            member.size = left = status.st_size
            yield self._give(member)
            while left and (data := self._read(file, min(left, MEBIBYTE), name)):
                left -= len(data)
                yield data
            if left:
                self._miss(name, GOT_SHORTER)
            elif self._read(file, 1, name):
                self._miss(name, GOT_LONGER)
        yield from _zeros(left + -member.size % tarfile.BLOCKSIZE)

    def _read(self, file: IO[bytes], size: int, name: str) -> bytes:
        """As `file.read`; the end of the file where it can't be read."""
        try:
            return file.read(size)
        except OSError as error:
            self._miss(name, str(error.strerror))
            return b""

    def _give(self, member: tarfile.TarInfo) -> bytes:
        self._given = member.name
        return _header(member)

    def _miss(self, name: str, why: str) -> None:
        self.missed.append(f"{name}: {why}")


def compressed(data: Iterable[bytes]) -> Iterator[bytes]:
    """`data` as gzip has it, where it takes less time than it saves on the way."""
    import zlib  # noqa: PLC0415 - of no use on this machine

    packer = zlib.compressobj(QUICKLY, wbits=GZIP)
    for piece in data:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


class Unpacker(tarfile.TarFile):
    """Reads an archive. All that it writes belongs to who runs this, as with `docker cp`."""

    class Member(tarfile.TarInfo):
        """A member of the archive, or its end, which has to be there."""

        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            """The member whose header is `buf`. Raises ReadError where there is none."""
            if not buf:
                msg = "the archive has no end"
                raise tarfile.ReadError(msg)
            return super().frombuf(buf, encoding, errors)

    tarinfo = Member
    # https://docs.python.org/3/library/tarfile.html#tarfile-extraction-filter, from 3.11.4 on
    extraction_filter = staticmethod(getattr(tarfile, "tar_filter", lambda member, _: member))

    def chown(self, *_: object, **__: object) -> None:
        """Leave the owner."""


def unpack(stream: IO[bytes], folder: Path) -> None:
    """Unpack the archive that `stream` gives into `folder`, and read `stream` to its end.

    Raises OSError for what can't be written, tarfile.TarError for what is no whole archive.
    """
    with Unpacker.open(fileobj=stream, mode="r|", encoding="utf-8") as archive:
        archive.extractall(folder, (member for member in archive if member.name != "."))
    while stream.read(MEBIBYTE):
        pass


def _entries(folder: str, prefix: str) -> list[tuple[str, str]]:
    """The path of each thing in `folder`, and its name in an archive, the first one last."""
    with os.scandir(folder) as entries:
        found = [(entry.path, prefix + _name(entry.name)) for entry in entries]
    return sorted(found, reverse=True)


def _name(name: str) -> str:
    """`name` as tarfile encodes it to the bytes that it is here."""
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def _member(
    name: str, kind: bytes, status: os.stat_result, target: str = "", *, mode: int | None = None
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    member.mode = stat.S_IMODE(status.st_mode) if mode is None else mode
    member.mtime = status.st_mtime_ns // 10**9
    return member


def _header(member: tarfile.TarInfo) -> bytes:
    return member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def _zeros(count: int) -> Iterator[bytes]:
    for at in range(0, count, MEBIBYTE):
        yield bytes(min(MEBIBYTE, count - at))
