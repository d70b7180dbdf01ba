"""Single programs of Debian's that need nothing else, as files in the cache."""

import tarfile
from pathlib import Path

from tools.cache import cached_folder
from tools.images.debian import unpacked
from tools.images.errors import ImageError
from tools.images.ports import port


def program(platform: str, package: str, name: str) -> Path:
    """The program `name` of `package` for `platform`.

    Raises ImageError if Debian has no such port or program, or it cannot be fetched.
    """
    of = port(platform)
    recipe = {"suite": of.suite, "architecture": of.debian}

    def make(target: Path) -> None:
        target.mkdir()
        with unpacked(of.debian, of.suite, [package]) as tar:
            (target / name).write_bytes(_read(tar, package, name))

    return cached_folder(name, recipe, make) / name


def _read(tar: tarfile.TarFile, package: str, name: str) -> bytes:
    for path in (f"./usr/bin/{name}", f"./bin/{name}"):  # before and after the merge of /usr
        try:
            member = tar.extractfile(path)
        except KeyError:
            continue
        if member is not None:
            return member.read()
    msg = f"the package {package} holds no bin/{name}: is the suite a new one?"
    raise ImageError(msg)
