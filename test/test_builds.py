"""Wheels of real projects, built for real in emulated containers, repaired and tested in them.

By default a small one for three architectures, with `--all` every one and all seven.
"""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cibuildwheel.oci.elf import HEADER_BYTES, parse_elf
from tools.certificates import mounted
from tools.images.manylinux import manylinux
from tools.images.ports import PORTS
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.lab import handlers
from tools.lab.engine import Engine
from tools.projects import LARGE, OTHER_BACKEND, SMALL, Project

pytestmark = [
    pytest.mark.builds,
    pytest.mark.default_engines("docker28-containerd"),
    pytest.mark.timeout(1800),
]
CONFIG = Path(__file__).with_name("builds.toml")
LEGACY, INDEX = "docker-manifest", "oci-index-attested"
PLATFORMS = {port.machine: platform for platform, port in PORTS.items()}
DEFAULT = [
    (SMALL, "aarch64", INDEX),
    (SMALL, "armv7l", LEGACY),
    (SMALL, "s390x", INDEX),
]
EVERY = [
    *((SMALL, machine, shape) for machine in PLATFORMS for shape in (LEGACY, INDEX)),
    *((project, "aarch64", s) for project in (LARGE, OTHER_BACKEND) for s in (LEGACY, INDEX)),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    builds = EVERY if metafunc.config.getoption("--all") else DEFAULT
    ids = [f"{project.name}-{machine}-{shape}" for project, machine, shape in builds]
    metafunc.parametrize("project, machine, shape", builds, ids=ids)


@pytest.fixture
def image(engine: Engine, machine: str, shape: str) -> str:
    """A reference to an image like manylinux, that the engine has still to pull."""
    platform = PLATFORMS[machine]
    if why := handlers.lacking(platform):
        pytest.skip(why)
    name = f"builds/{machine}/{shape}:1"
    push(SHAPES[shape].make(platform, manylinux), f"{engine.push_address}/{name}")
    return f"{engine.registry.address}/{name}"


def test_build(engine: Engine, image: str, project: Project, machine: str, tmp_path: Path) -> None:
    (wheel,) = build(engine, image, project, machine, tmp_path)
    name = f"{project.name}-{project.version}".lower()
    assert re.match(rf"{name}-(cp313-cp313|cp3\d+-abi3)-", wheel.name.lower()), wheel.name
    tags = wheel.stem.rpartition("-")[2].split(".")
    assert all(re.fullmatch(rf"manylinux\w+_{machine}", tag) for tag in tags), tags
    assert set(machines(wheel).values()) == {machine}


def build(engine: Engine, image: str, project: Project, machine: str, folder: Path) -> list[Path]:
    """Build `project` in `image`; what cibuildwheel says goes where pytest keeps it."""
    env = {
        **engine.env,
        "CIBW_ARCHS": machine,
        f"CIBW_MANYLINUX_{machine.upper()}_IMAGE": image,
        "CIBW_TEST_COMMAND": project.test,
        "CIBW_CONTAINER_ENGINE": f"{engine.kind}; create_args: {mounted(folder)}",
    }
    command = [sys.executable, "-m", "cibuildwheel", "--platform=linux", f"--config-file={CONFIG}"]
    with engine.uplink():
        ran = subprocess.run(
            [*command, f"--output-dir={folder / 'wheels'}", os.fspath(project.sdist())],
            env=env,
            cwd=folder,
            check=False,
        )
    assert ran.returncode == 0
    return list((folder / "wheels").iterdir())


def machines(wheel: Path) -> dict[str, str]:
    """The machine of each shared object in `wheel`, by its ELF header."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: str(parse_elf(archive.read(name)[:HEADER_BYTES]))
            for name in archive.namelist()
            if name.endswith(".so")
        }
