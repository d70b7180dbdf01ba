"""Projects of the package index whose wheels are built for real, pinned by hash."""

import subprocess
import sys
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.cache import cached_folder


@dataclass(frozen=True)
class Project:
    """A release of a project, the hash of its sdist, and the command that tests its wheel."""

    name: str
    version: str
    sha256: str
    test: str

    def sdist(self) -> Path:
        """The sdist, from the cache or the index that pip on this machine uses.

        Raises CalledProcessError, with pip's own words on standard error, if it can't be had.
        """

        def make(target: Path) -> None:
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
            command += ["--quiet", "--no-deps", f"--no-binary={self.name}", f"--dest={target}"]
            pin = f"{self.name}==={self.version} --hash=sha256:{self.sha256}\n"
            subprocess.run([*command, "-r", "/dev/stdin"], input=pin, text=True, check=True)

        (sdist,) = cached_folder("projects", asdict(self), make).glob("*.tar.gz")
        return sdist


@dataclass(frozen=True)
class OwnProject:
    """A project of this repository: what is in `folder`, and the files `more`."""

    name: str
    version: str
    folder: Path
    test: str
    more: tuple[Path, ...] = ()

    def sdist(self) -> Path:
        """An sdist of it, in the cache."""
        paths = [p for p in sorted(self.folder.rglob("*.*")) if p.suffix != ".pyc" and p.is_file()]
        files = {
            **{str(path.relative_to(self.folder)): path for path in paths},
            **{path.name: path for path in self.more},
        }
        recipe = {name: path.read_text() for name, path in files.items()}
        name = f"{self.name}-{self.version}"

        def make(target: Path) -> None:
            target.mkdir()
            with tarfile.open(target / f"{name}.tar.gz", "w:gz") as sdist:
                for file, path in files.items():
                    sdist.add(path, Path(name, file))

        return cached_folder("projects", recipe, make) / f"{name}.tar.gz"


# An extension of C that setuptools alone makes a wheel of, by the names of its files.
SPAM = {
    "setup.py": """\
from setuptools import Extension, setup

setup(name="spam", version="1.0", ext_modules=[Extension("spam", ["spam.c"])])
""",
    "spam.c": """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "spam"};
PyMODINIT_FUNC PyInit_spam(void) { return PyModule_Create(&module); }
""",
}
SMALL = Project(
    "MarkupSafe",
    "3.0.4",
    "2e9ad7dd851bf45fab9f75cbff4cb493fee9979e8d8c7c9c3ee119022518edd6",
    "pytest {project}/tests",
)
# Twenty thousand lines of C; what it compresses for its tests are files of 40 kB.
LARGE = Project(
    "brotli",
    "1.2.0",
    "e310f77e41941c13340a95976fe66a8a95b01e783d430eeaf7a2f87e0a57dd0a",
    "pytest {project}/python/tests/decompress_test.py {project}/python/tests/decompressor_test.py",
)
# Built by scikit-build-core, CMake and Ninja.
OTHER_BACKEND = Project(
    "deflate",
    "0.9.0",
    "962e0a6f1ea3a94b900a8ea0ce138fa92bfcbafda5b86367104a259ffcd3462b",
    "pytest {project}/tests",
)
# Fifty-nine thousand lines of C, and C++ that is nearly all templates.
REGEX = Project(
    "regex",
    "2026.11.19",
    "2826a006b68acfd3ed5074433caafe21d7f9d026eb82cb856724a4a893a70915",
    'python -c \'import regex; assert regex.findall("..", "abc", overlapped=True)[1:]\'',
)
KIWISOLVER = Project(
    "kiwisolver",
    "1.5.1",
    "f1303ef2eec81262a4b708c3e858afe58d7c75ad91c1c05266eda7673369859a",
    "python -c 'from kiwisolver import Variable; assert (Variable() + 2).value() == 2'",
)
# Extensions of C, C++ and Cython, that use what a compiler takes from the image.
MIXED = OwnProject(
    "mixed",
    "1.0",
    Path(__file__).with_name("mixed"),
    "pytest {project}/tests",
)
# The same extension of C by other build backends, and a program of Rust.
BACKENDS = Path(__file__).with_name("backends")
MESON, HATCH = (
    OwnProject(
        f"with_{backend}",
        "1.0",
        BACKENDS / backend,
        "python -c 'import mixed_c; assert mixed_c.root(9.0) == 3.0'",
        (MIXED.folder / "mixed_c.c",),
    )
    for backend in ("meson", "hatch")
)
MATURIN = OwnProject(
    "with_maturin",
    "1.0",
    BACKENDS / "maturin",
    'test "$(with_maturin 2>/dev/null)" = "3 true"',
)
