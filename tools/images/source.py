"""Source archives that Debian keeps beside its packages, pinned by hash."""

import hashlib
import tarfile
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.cache import cached_folder
from tools.images.debian import mirror
from tools.images.errors import ImageError
from tools.unpack import unpack

# What mmdebstrap takes where apt names no mirror.
DEFAULT_MIRROR = "http://deb.debian.org/debian"


@dataclass(frozen=True)
class Source:
    """The archive at `path` of a Debian mirror, and the SHA-256 of it."""

    path: str
    sha256: str

    def folder(self) -> Path:
        """The one folder that is in the archive, unpacked in the cache.

        Raises ImageError if no mirror gives the archive, or gives another one.
        """

        def make(target: Path) -> None:
            target.mkdir()
            archive = target / "archive"
            archive.write_bytes(self._fetch())
            with tarfile.open(archive) as tar:
                unpack(tar, target)
            archive.unlink()

        (folder,) = cached_folder("images/sources", asdict(self), make).iterdir()
        return folder

    def _fetch(self) -> bytes:
        url = f"{(mirror() or DEFAULT_MIRROR).rstrip('/')}/{self.path}"
        try:
            with urllib.request.urlopen(url) as answer:
                data: bytes = answer.read()
        except OSError as error:
            msg = f"{url} could not be fetched: {error}"
            raise ImageError(msg) from error
        if (found := hashlib.sha256(data).hexdigest()) != self.sha256:
            msg = f"{url} is not what is pinned: its SHA-256 is {found}, expected {self.sha256}"
            raise ImageError(msg)
        return data
