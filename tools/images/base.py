"""The files of Debian that a wheel is built with, as a layer: what manylinux has of its own."""

import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tools.cache import cached_folder
from tools.images.debian import unpacked
from tools.images.layer import EPOCH, Blob, Layer, Member, layer_file
from tools.images.ports import port


@dataclass(frozen=True)
class Suite:
    """A Debian suite: the Python that it has, and the newest policy that its glibc allows."""

    name: str
    python: str
    policy: str

    @property
    def tag(self) -> str:
        """The name of the Python in `/opt/python`: `cp313-cp313`."""
        return "-".join(["cp" + self.python.replace(".", "")] * 2)


TRIXIE = Suite("trixie", python="3.13", policy="manylinux_2_41")

PACKAGES = [
    *("base-files", "base-passwd", "bash", "bzip2", "ca-certificates", "coreutils", "curl"),
    *("dash", "debianutils", "diffutils", "findutils", "g++", "gcc", "grep", "gzip", "hostname"),
    *("libc-bin", "libc6-dev", "libpython3-dev", "make", "mawk", "patch", "patchelf", "pkgconf"),
    *("procps", "python3", "python3-venv", "sed", "tar", "unzip", "util-linux", "xz-utils"),
]

# What no build reads, and what the engine or the machine that unpacked it put there.
UNWANTED = [
    *("dev/*", "etc/apt/*", "etc/fstab", "etc/hostname", "etc/resolv.conf", "var/cache/*"),
    *("var/lib/apt/*", "var/lib/dpkg/*", "usr/share/bug/*", "usr/share/doc/*", "usr/share/info/*"),
    *("usr/share/lintian/*", "usr/share/locale/*", "usr/share/man/*"),
    *("usr/bin/*-lto-dump-*", "usr/lib/*/lib?san.*", "usr/lib/*/lib??san.*"),
    *("usr/lib/gcc/*san.a", "usr/lib/gcc/*san_preinit.o"),
    # manylinux has no libpython either: a wheel may not link to it.
    "usr/lib/python3*/config-*/*.a",
    # Imported at each start, for a crash reporter that isn't there.
    "usr/lib/python3*/sitecustomize.py",
    # The environment in /opt/python is the user's to install into.
    "usr/lib/python3*/EXTERNALLY-MANAGED",
]


def base(platform: str, suite: Suite) -> Layer:
    """The layer for `platform`. Raises ImageError if Debian can't be reached."""
    architecture = port(platform).debian
    recipe = {
        "suite": asdict(suite),
        "architecture": architecture,
        "packages": PACKAGES,
        "unwanted": UNWANTED,
    }

    def members() -> Iterator[Member]:
        with unpacked(architecture, suite.name, PACKAGES) as tar:
            yield from (clean(tar, info) for info in tar if _wanted(info.name))

    return cached_layer("base", recipe, members)


def cached_layer(
    name: str, recipe: Mapping[str, object], members: Callable[[], Iterable[Member]]
) -> Layer:
    """The layer of `members()`, packed now or at an earlier time for the same `recipe`."""

    def make(target: Path) -> None:
        target.mkdir()
        packed = layer_file(members(), target / "layer.tar.gz")
        facts = {
            "digest": packed.blob.digest,
            "size": packed.blob.size,
            "diff_id": packed.diff_id,
            "recipe": recipe,
        }
        (target / "layer.json").write_text(json.dumps(facts, indent=2) + "\n")

    folder = cached_folder(f"images/{name}", recipe, make)
    facts = json.loads((folder / "layer.json").read_text())
    file = folder / "layer.tar.gz"
    return Layer(Blob(facts["digest"], facts["size"], file), facts["diff_id"])


def _wanted(name: str) -> bool:
    path = name.removeprefix("./")
    return path not in {"", "."} and not any(fnmatchcase(path, pattern) for pattern in UNWANTED)


def clean(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    """The entry `info` of a Debian `tar`, as it comes out each time.

    A directory would have the time at which it was unpacked.
    """
    info.name = info.name.removeprefix("./")
    info.linkname = info.linkname.removeprefix("./") if info.islnk() else info.linkname
    info.uname = info.gname = ""
    info.pax_headers = {}
    if not info.isreg():
        info.mtime = EPOCH
        return Member(info)
    info.mtime = int(info.mtime)
    data = tar.extractfile(info)
    return Member(info, data or b"")
