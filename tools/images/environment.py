"""`/opt/python`, as manylinux lays it out: an environment of each Python, with pip and others.

It holds no file that depends on the architecture, so all platforms share one layer.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

from tools.cache import made_by
from tools.images.base import Suite, cached_layer
from tools.images.bytecode import compile_tree
from tools.images.layer import EPOCH, Layer, Member, tree
from tools.images.wheels import wheels

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

# Upstream's container runs its own small programs with this one, whatever it builds for.
UTILITY_PYTHON = "cp39-cp39"


def environment(suite: Suite, base: str = "/usr") -> Layer:
    """The layer of `/opt/python`, for the Python that is installed in `base`.

    Raises ImageError if the pinned wheels can't be had from the package index.
    """
    recipe = {
        "python": f"{base}/bin/python{suite.python}",
        "wheels": REQUIREMENTS.read_text(),
        "made by": made_by(__file__),
    }

    def members() -> Iterator[Member]:
        with tempfile.TemporaryDirectory(prefix="environment-") as scratch:
            root = Path(scratch)
            _lay_out(root, suite, base)
            compile_tree(root, suite)
            yield from tree(root)

    return cached_layer("environment", recipe, members)


def _lay_out(root: Path, suite: Suite, base: str) -> None:
    prefix = root / "opt/python" / suite.tag
    executables, headers = prefix / "bin", prefix / "include"
    for folder in (executables, headers, root / "usr/local/bin"):
        folder.mkdir(parents=True)
    # To that Python it is a virtual environment, which is the one place where Debian's installs
    # as Python does elsewhere: into lib/python3.x/site-packages.
    (prefix / "pyvenv.cfg").write_text(
        f"home = {base}/bin\ninclude-system-site-packages = false\nversion = {suite.python}\n"
    )
    (executables / "python").symlink_to(f"{base}/bin/python{suite.python}")
    for name in ("python3", f"python{suite.python}"):
        (executables / name).symlink_to("python")
    (executables / "python3-config").symlink_to(f"{base}/bin/python{suite.python}-config")
    (headers / f"python{suite.python}").symlink_to(f"{base}/include/python{suite.python}")
    for wheel in sorted(wheels(REQUIREMENTS).glob("*.whl")):
        _install(wheel, f"/opt/python/{suite.tag}", suite, root)
    (root / "opt/python" / UTILITY_PYTHON).symlink_to(suite.tag)
    (root / "usr/local/bin/auditwheel").symlink_to(f"/opt/python/{suite.tag}/bin/auditwheel")
    for path in root.rglob("*"):
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)


def _install(wheel: Path, prefix: str, suite: Suite, root: Path) -> None:
    packages = f"{prefix}/lib/python{suite.python}/site-packages"
    destination = SchemeDictionaryDestination(
        {
            "purelib": packages,
            "platlib": packages,
            "scripts": f"{prefix}/bin",
            "headers": f"{prefix}/include",
            "data": prefix,
        },
        interpreter=f"{prefix}/bin/python",
        script_kind="posix",
        destdir=os.fspath(root),
    )
    with WheelFile.open(wheel) as source:
        install(source, destination, additional_metadata={"INSTALLER": b"installer"})
