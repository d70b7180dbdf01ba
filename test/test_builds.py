"""Wheels of real projects, built for real in emulated containers, repaired and tested in them.

By default a small one for three architectures and once for musllinux, with `--all` every one and
all seven. They are built side by side, as many at once as there are processors.
"""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cibuildwheel.oci.image.elf import HEADER_BYTES, parse_elf
from tools.cache import cache_root
from tools.certificates import mounted
from tools.images.cross import cross
from tools.images.manylinux import manylinux
from tools.images.musllinux import musllinux
from tools.images.ports import PORTS
from tools.images.push import push
from tools.images.rust import rust
from tools.images.shapes import SHAPES, Contents
from tools.lab import handlers
from tools.lab.engine import Engine
from tools.lab.plugin import parameters_of
from tools.projects import (
    HATCH,
    KIWISOLVER,
    LARGE,
    MATURIN,
    MESON,
    MIXED,
    OTHER_BACKEND,
    REGEX,
    SMALL,
    OwnProject,
    Project,
)

pytestmark = [
    pytest.mark.builds,
    pytest.mark.default_engines("docker28-containerd"),
    pytest.mark.timeout(1800),
]
CONFIG = Path(__file__).with_name("builds.toml")
LEGACY, INDEX = "docker-manifest", "oci-index-attested"
PLATFORMS = {port.machine: platform for platform, port in PORTS.items()}
ROOTS: dict[str, Contents] = {"manylinux": manylinux, "musllinux": musllinux}
# What has to be in what a native compiler or linker has made.
MADE: dict[Project | OwnProject, bytes] = {
    MIXED: b"clang version",
    MESON: b"clang version",
    HATCH: b"clang version",
    MATURIN: b"LLD",
}


@dataclass(frozen=True)
class Build:
    """A wheel of `project` for `machine`, made in an image of `shape` with a root of `ROOTS`.

    `tools` are those of the option `native-tools`, with `gcc` of an image that has the right one.
    Beside such a build its like is made without. `flags` are for the compiler.
    """

    project: Project | OwnProject
    machine: str
    shape: str
    root: str = "manylinux"
    tools: str = ""
    flags: str = ""

    def __str__(self) -> str:
        """As the identifier of a test."""
        tools = f"-{self.tools.replace(' ', '-')}" if self.tools else ""
        return f"{self.project.name}-{self.root}_{self.machine}-{self.shape}{tools}"

    @property
    def platform(self) -> str:
        """The platform of its containers."""
        return PLATFORMS[self.machine]


DEFAULT = [
    Build(SMALL, "aarch64", INDEX),
    Build(SMALL, "armv7l", LEGACY),
    Build(SMALL, "s390x", INDEX),
    Build(SMALL, "aarch64", INDEX, "musllinux"),
]
EMULATED = ("aarch64", "armv7l", "ppc64le", "s390x", "riscv64")
NATIVE = [
    *(Build(MIXED, machine, INDEX, tools="clang uv") for machine in EMULATED),
    *(
        Build(project, "aarch64", INDEX, tools="clang uv")
        for project in (SMALL, OTHER_BACKEND, MESON, HATCH, MATURIN)
    ),
    *(Build(MIXED, machine, INDEX, tools="gcc uv") for machine in EMULATED),
    Build(REGEX, "aarch64", INDEX, tools="gcc uv"),
    # The folder of a build environment is called otherwise each time, and `-g` tells of it.
    Build(KIWISOLVER, "aarch64", INDEX, tools="gcc uv", flags="-g0"),
]
EVERY = [
    *(Build(SMALL, machine, shape) for machine in PLATFORMS for shape in (LEGACY, INDEX)),
    *(Build(SMALL, machine, INDEX, "musllinux") for machine in PLATFORMS),
    *(Build(project, "aarch64", s) for project in (LARGE, OTHER_BACKEND) for s in (LEGACY, INDEX)),
    *NATIVE,
]

Ran = tuple[int, str, list[Path]]
"""What cibuildwheel returned and said, and the wheels it made."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    builds = EVERY if metafunc.config.getoption("--all") else DEFAULT
    metafunc.parametrize("build", builds, ids=str)


@pytest.fixture(scope="module")
def ran(
    request: pytest.FixtureRequest,
    running_engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Build], Ran]]:
    """Gives what came of a build, when it is done; all that are chosen are on their way."""
    chosen = map(parameters_of, request.session.items)
    builds: list[Build] = [
        one["build"]
        for one in chosen
        if "build" in one and one["running_engine"] == running_engine.name
    ]
    builds += [replace(build, tools="") for build in builds if build.tools]
    running_engine.reset()
    with running_engine.uplink(), ThreadPoolExecutor(os.cpu_count()) as executor:
        coming = {
            build: executor.submit(make, running_engine, build, tmp_path_factory.mktemp("build"))
            for build in dict.fromkeys(builds)
            if not handlers.lacking(build.platform)
        }
        yield lambda build: coming[build].result()
        executor.shutdown(cancel_futures=True)


def make(engine: Engine, build: Build, folder: Path) -> Ran:
    """Build in an image like manylinux or musllinux, that the engine has still to pull."""
    name = f"builds/{build.root}_{build.machine}/{build.shape}:1"
    tools = f"; native_tools: {tools_of(engine, build)}" if build.tools else ""
    root = rust if build.project is MATURIN else ROOTS[build.root]
    image = SHAPES[build.shape].make(build.platform, root)
    push(image, f"{engine.push_address}/{name}")
    env = {
        **engine.env,
        "CIBW_ARCHS": build.machine,
        "CIBW_BUILD": f"cp313-{build.root}_*",
        f"CIBW_{build.root}_{build.machine}_IMAGE".upper(): f"{engine.registry.address}/{name}",
        "CIBW_TEST_COMMAND": build.project.test,
        "CIBW_CONTAINER_ENGINE": f"{engine.kind}; create_args: {mounted(folder)}{tools}",
    }
    if build.flags:
        env["CIBW_ENVIRONMENT"] = f"CFLAGS={build.flags} CXXFLAGS={build.flags}"
    if build.tools or build.project not in {SMALL, LARGE, OTHER_BACKEND}:  # the quicker one
        env["CIBW_BUILD_FRONTEND"] = "build[uv]"
        env["CIBW_CACHE_PATH"] = str(cache_root() / "cibuildwheel")
    command = [sys.executable, "-m", "cibuildwheel", "--platform=linux", f"--config-file={CONFIG}"]
    wheels = folder / "wheels"
    done = subprocess.run(
        [*command, f"--output-dir={wheels}", os.fspath(build.project.sdist())],
        env=env,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, list(wheels.glob("*"))


def tools_of(engine: Engine, build: Build) -> str:
    """The tools of `build`, with the image that has its gcc, which the engine has still to pull."""
    if "gcc" not in build.tools:
        return build.tools
    name = f"builds/gcc_{build.machine}:1"
    push(SHAPES[INDEX].make("linux/amd64", cross(build.platform)), f"{engine.push_address}/{name}")
    return build.tools.replace("gcc", f"gcc={engine.registry.address}/{name}")


def test_build(build: Build, ran: Callable[[Build], Ran]) -> None:
    if why := handlers.lacking(build.platform):
        pytest.skip(why)
    returncode, said, wheels = ran(build)
    print(said)
    assert returncode == 0
    (wheel,) = wheels
    name = f"{build.project.name}-{build.project.version}".lower()
    python = "py3-none" if build.project is MATURIN else r"(cp313-cp313|cp3\d+-abi3)"
    assert re.match(rf"{name}-{python}-", wheel.name.lower()), wheel.name
    tags = wheel.stem.rpartition("-")[2].split(".")
    assert all(re.fullmatch(rf"{build.root}\w+_{build.machine}", tag) for tag in tags), tags
    assert set(machines(wheel).values()) == {build.machine}
    if build.tools:
        compiler, _, _ = build.tools.partition(" ")
        assert f"info: {compiler} runs natively in this container" in said
        assert re.search(r"info: uv [\d.]+ runs natively in this container", said)
        _, _, (emulated,) = ran(replace(build, tools=""))
        assert emulated.name == wheel.name  # with the tags of auditwheel
        if compiler == "gcc":
            assert elf_files(wheel) == elf_files(emulated)
        else:
            made = MADE.get(build.project, b"")  # others may be stripped of it
            assert all(made in content for content in elf_files(wheel).values())


def machines(wheel: Path) -> dict[str, str]:
    """The machine of each program and each shared object in `wheel`, by its ELF header."""
    files = elf_files(wheel)
    return {name: str(parse_elf(content[:HEADER_BYTES])) for name, content in files.items()}


def elf_files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return {name: content for name, content in files.items() if content.startswith(b"\x7fELF")}
