"""What is measured, and how it is to compare."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.benchmark.image import INTERPRETERS, free_image, real_image
from tools.benchmark.project import (
    free,
    kiwisolver,
    large,
    markupsafe,
    msgpack,
    regex,
    tested,
)
from tools.images.document import Image

FREE = {
    "build-frontend": "uv",
    "enable": ["pypy", "pypy-eol"],
    "repair-wheel-command": "",
    "test-command": "echo process $$",
}
MARKUPSAFE = {
    "audit-command": "",
    "environment-pass": ["PIP_INDEX_URL", "PIP_TRUSTED_HOST", "http_proxy", "https_proxy"],
    "test-requires": "pytest",
    "test-command": "pytest -q {project}/tests && echo process $$",
}
NATIVE = {
    **MARKUPSAFE,
    "build-frontend": "build[uv]",
    "test-command": "python {project}/benchmark/test.py && echo process $$",
    "test-requires": "",
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

COMPILED = (
    ("regex", "regex, 59,000 lines of C", regex),
    ("kiwisolver", "kiwisolver, C++ that is nearly all templates", kiwisolver),
    ("msgpack", "msgpack, C that Cython has made", msgpack),
)

UPSTREAM = "upstream"
CHECKS = ("probe", "proof")
MOUNTS = (40, 1500)


@dataclass(frozen=True)
class Case:
    """A project, how it is built, and the most that each measure may be of the other program's.

    `image` is made for the platform; `online` is whether the build needs the package index;
    `tools` are the fork's `native-tools`; `against` is the program that the fork is compared with;
    `mounts` are made on the engine's machine, all of which a container sees.
    """

    name: str
    summary: str
    project: Callable[[Path], None]
    image: Callable[[str], Image]
    options: Mapping[str, object]
    builds: Sequence[str]
    emulated: Mapping[str, float]
    native: Mapping[str, float]
    arm64: Mapping[str, float] = field(default_factory=dict)
    arm64_before_qemu_10: Mapping[str, float] = field(default_factory=dict)
    online: bool = False
    tools: str = ""
    against: str = UPSTREAM
    mounts: int = 0

    def limits(self, platform: str, qemu: tuple[int, ...]) -> Mapping[str, float]:
        """The most that each measure may be, on a release of QEMU; `()` where that is native."""
        if not qemu:
            return self.native
        if platform != "linux/arm64":
            return self.emulated
        return {**self.emulated, **(self.arm64 if qemu >= (10,) else self.arm64_before_qemu_10)}


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
    *(
        Case(
            f"mounts-{count}",
            f"ten builds that cost nothing, each with a folder of tests, beside {count:,} mounts",
            tested,
            free_image,
            {**FREE, "test-sources": ["tests"]},
            tuple(INTERPRETERS),
            emulated={"whole": 1.0},
            native={"whole": 1.0},
            mounts=count,
        )
        for count in MOUNTS
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
        arm64={"whole": 0.8},
        arm64_before_qemu_10={"whole": 0.3},
        online=True,
    ),
    *(
        Case(
            f"native-{name}",
            f"a wheel of {what}, built and tested, by the fork with `native-tools`",
            project,
            real_image,
            NATIVE,
            ("cp313",),
            emulated={"whole": 0.35},
            native={},
            arm64_before_qemu_10={"whole": 0.2},
            online=True,
            tools="clang uv",
        )
        for name, what, project in COMPILED
    ),
    Case(
        "native-markupsafe",
        "a wheel of MarkupSafe, built and tested with uv, which is native in the fork",
        markupsafe,
        real_image,
        {**MARKUPSAFE, "build-frontend": "build[uv]"},
        ("cp313",),
        emulated={"whole": 0.6},
        native={},
        online=True,
        tools="uv",
    ),
    *(
        Case(
            check,
            f"what the {check} adds: one build whose steps cost nothing",
            free,
            free_image,
            FREE,
            ("cp313",),
            emulated={},
            native={},
            against=f"fork without {check}",
        )
        for check in CHECKS
    ),
)
CASES = {case.name: case for case in _CASES}
