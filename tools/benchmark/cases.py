"""What is measured, and how it is to compare."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.benchmark.image import INTERPRETERS, free_image, real_image
from tools.benchmark.project import free, large, markupsafe
from tools.images.document import Image

FREE = {
    "build-frontend": "uv",
    "enable": ["pypy", "pypy-eol"],
    "repair-wheel-command": "",
    "test-command": "echo process $$",
}
MARKUPSAFE = {
    "environment-pass": ["PIP_INDEX_URL", "PIP_TRUSTED_HOST", "http_proxy", "https_proxy"],
    "test-requires": "pytest",
    "test-command": "pytest -q {project}/tests && echo process $$",
}
ARCHITECTURES = {
    "linux/amd64": "x86_64",
    "linux/386": "i686",
    "linux/arm64": "aarch64",
    "linux/arm/v7": "armv7l",
    "linux/ppc64le": "ppc64le",
    "linux/s390x": "s390x",
    "linux/riscv64": "riscv64",
}


@dataclass(frozen=True)
class Case:
    """A project, how it is built, and the most that each measure may be of upstream's.

    `image` is made for the platform; `online` is whether the build needs the package index.
    """

    name: str
    summary: str
    project: Callable[[Path], None]
    image: Callable[[str], Image]
    options: Mapping[str, object]
    builds: Sequence[str]
    emulated: Mapping[str, float]
    native: Mapping[str, float]
    online: bool = False

    def limits(self, *, native: bool) -> Mapping[str, float]:
        """The most of upstream's that each measure may be."""
        return self.native if native else self.emulated


_CASES = (
    Case(
        "overhead",
        "ten builds whose build, repair and test steps cost nothing",
        free,
        free_image,
        FREE,
        tuple(INTERPRETERS),
        emulated={"start": 1.0, "identifier": 0.15, "whole": 1.0},
        native={"start": 1.0, "identifier": 0.5, "whole": 1.0},
    ),
    Case(
        "copy",
        "a project of 1 GB in 20,000 files",
        large,
        free_image,
        FREE,
        ("cp313",),
        emulated={"copy": 0.6},
        native={"copy": 1.0},
    ),
    Case(
        "markupsafe",
        "a wheel of MarkupSafe, built and tested",
        markupsafe,
        real_image,
        MARKUPSAFE,
        ("cp313",),
        emulated={"whole": 1.0},
        native={"whole": 1.0},
        online=True,
    ),
)
CASES = {case.name: case for case in _CASES}
