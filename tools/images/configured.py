"""What Debian's maintainer scripts would have made, made here without running any of them.

Users, alternatives, certificates, and the byte code of the standard library.
"""

import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.cache import made_by
from tools.images.base import Suite, cached_layer
from tools.images.bytecode import compile_tree
from tools.images.layer import Layer, Member, file, folder, link, tree
from tools.unpack import unpack

ALTERNATIVES = {
    "usr/bin/awk": "mawk",
    "usr/bin/c++": "g++",
    "usr/bin/cc": "gcc",
    "usr/bin/which": "which.debianutils",
}
COPIES = {
    "etc/group": "usr/share/base-passwd/group.master",
    "etc/passwd": "usr/share/base-passwd/passwd.master",
    "etc/nsswitch.conf": "usr/share/libc-bin/nsswitch.conf",
}
CERTIFICATES = "usr/share/ca-certificates/mozilla/"
NEEDED = ("usr/lib/python3", CERTIFICATES, *COPIES.values())


def configured(platform: str, suite: Suite, unpacked: Layer) -> Layer:
    """The layer that goes on top of `unpacked`, the Debian files of `platform`."""
    recipe = {
        "platform": platform,
        "python": suite.python,
        "on": unpacked.diff_id,
        "made by": made_by(__file__),
    }

    def members() -> Iterator[Member]:
        with tempfile.TemporaryDirectory(prefix="configured-") as scratch:
            below, made = Path(scratch, "below"), Path(scratch, "made")
            with unpacked.blob.open() as data, tarfile.open(fileobj=data, mode="r|gz") as tar:
                members = (member for member in tar if member.name.startswith(NEEDED))
                unpack(tar, below, members)
            yield from _files(platform, below)
            libraries = below / "usr/lib"
            (made / "usr").mkdir(parents=True)
            libraries.rename(made / "usr/lib")
            compile_tree(made, suite)
            yield from (member for member in tree(made) if "__pycache__" in member.info.name)

    return cached_layer("configured", recipe, members)


def _files(platform: str, below: Path) -> Iterator[Member]:
    yield file("etc/platform", f"{platform}\n".encode())
    for path, source in COPIES.items():
        yield file(path, (below / source).read_bytes())
    authorities = sorted((below / CERTIFICATES).glob("*.crt"))
    yield folder("etc/ssl")
    yield folder("etc/ssl/certs")
    yield file(
        "etc/ssl/certs/ca-certificates.crt",
        b"".join(path.read_bytes() for path in authorities),
    )
    for path, target in ALTERNATIVES.items():
        yield link(path, target)
