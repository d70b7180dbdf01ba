"""CPython for musl, which neither Debian nor a package index has: compiled here, for any platform.

Of the modules that need another library it has `zlib` alone: without `ssl`, pip fetches nothing.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.cache import made_by
from tools.images.base import Suite, cached_layer
from tools.images.bytecode import compile_tree
from tools.images.interpreter import interpreter
from tools.images.layer import EPOCH, Layer, Member, tree
from tools.images.musl import NAMES
from tools.images.source import Source
from tools.images.tool import run_tool
from tools.images.zig import REQUIREMENTS, write_compilers

PREFIX = "/usr/local"
# Of the same release as Debian's own, which makes those parts that Python makes of itself.
CPYTHON = Source(
    "pool/main/p/python3.13/python3.13_3.13.5.orig.tar.xz",
    "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
)
ZLIB = Source(
    "pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz",
    "60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb",
)
# What configure would find out by running what it compiles.
KNOWN = ["ac_cv_file__dev_ptmx=yes", "ac_cv_file__dev_ptc=no", "ac_cv_buggy_getaddrinfo=no"]
UNWANTED = ["ensurepip", "idlelib", "tkinter", "turtledemo", "config-*", "**/__pycache__"]


def cpython(platform: str, suite: Suite) -> Layer:
    """The layer for `platform`, of Python in `PREFIX`.

    Raises ImageError if the sources or the compiler can't be had, or don't do.
    """
    recipe = {
        "platform": platform,
        "sources": [CPYTHON.sha256, ZLIB.sha256],
        "compiler": REQUIREMENTS.read_text(),
        "made by": made_by(__file__),
    }

    def members() -> Iterator[Member]:
        with tempfile.TemporaryDirectory(prefix="cpython-") as scratch:
            root = _compile(platform, suite, Path(scratch))
            _tidy(root, suite)
            compile_tree(root, suite)
            yield from tree(root)

    return cached_layer("cpython", recipe, members)


def _compile(platform: str, suite: Suite, scratch: Path) -> Path:
    names, zlib, python = NAMES[platform], scratch / "zlib", scratch / "python"
    env = _environment(names.zig, zlib, scratch)
    _make_zlib(zlib, env)
    python.mkdir()
    configure = [
        *(f"{CPYTHON.folder()}/configure", f"--host={names.triplet}", f"--prefix={PREFIX}"),
        *(f"--build={os.uname().machine}-linux-gnu", f"--with-build-python={interpreter(suite)}"),
        *("--without-ensurepip", "--disable-test-modules", *KNOWN),
    ]
    run_tool(configure, python, env)
    run_tool(["make", f"-j{os.cpu_count()}"], python, env)
    run_tool(["make", "install", f"DESTDIR={scratch / 'root'}"], python, env)
    return scratch / "root"


def _environment(target: str, zlib: Path, scratch: Path) -> dict[str, str]:
    programs = scratch / "bin"
    programs.mkdir()
    write_compilers(target, programs)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "ZIG_GLOBAL_CACHE_DIR": f"{scratch}/zig",
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "PKG_CONFIG_LIBDIR": "/nowhere",  # this machine's libraries are another's
        "CC": "musl-gcc",
        # Zig's own header lacks what tells musl from other C libraries in musl's.
        "CPP": "musl-gcc -E -D__DEFINED_va_list",
        "AR": "ar",
        "OPT": "-O2",
        "ZLIB_CFLAGS": f"-I{ZLIB.folder()}",
        "ZLIB_LIBS": f"{zlib}/libz.a",
    }


def _make_zlib(folder: Path, env: dict[str, str]) -> None:
    folder.mkdir()
    sources = [os.fspath(path) for path in sorted(ZLIB.folder().glob("*.c"))]
    run_tool(["musl-gcc", "-O2", "-fPIC", "-DHAVE_UNISTD_H", "-c", *sources], folder, env)
    run_tool(["ar", "rcs", "libz.a", *(path.name for path in folder.glob("*.o"))], folder, env)


def _tidy(root: Path, suite: Suite) -> None:
    library = root / PREFIX.lstrip("/") / "lib"
    for pattern in UNWANTED:
        for folder in (library / f"python{suite.python}").glob(pattern):
            shutil.rmtree(folder)
    (library / f"libpython{suite.python}.a").unlink()
    for path in root.rglob("*"):
        os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
