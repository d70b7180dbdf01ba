"""The action, its steps run one after the other as GitHub runs them, on a real engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.errors import ImageNotFoundError
from tools.composite import Composite
from tools.images.manylinux import manylinux
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.lab.generation import ADDRESS
from tools.projects import SPAM

if TYPE_CHECKING:
    import subprocess

    from tools.lab.engine import Engine

pytestmark = [pytest.mark.default_engines("docker28-containerd"), pytest.mark.timeout(1200)]
ROOT = Path(__file__).parent.parent
SETUP = {"setup": {"python-path": sys.executable}}
ONLY = "cp313-manylinux_x86_64"
CONFIG = """\
[tool.cibuildwheel]
build-frontend = { name = "pip", args = ["--no-build-isolation"] }
manylinux-x86_64-image = "%s"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout of a project in a folder, and a place for temporary files beside it."""
    for name in ("temp", "checkout/the project"):
        (tmp_path / name).mkdir(parents=True)
    for name, text in SPAM.items():
        (tmp_path / "checkout/the project" / name).write_text(text)
    return tmp_path / "checkout"


def use(
    engine: Engine, workspace: Path, image: str, *, extras: str = ""
) -> list[subprocess.CompletedProcess[str]]:
    """All that the action does on a runner with `engine`, to build in `image`."""
    (workspace / "ci.toml").write_text(CONFIG % image)
    inputs = {
        "package-dir": "the project",
        "output-dir": "the wheels",
        "config-file": "ci.toml",
        "only": ONLY,
        "extras": extras,
    }
    for_pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    env = {**for_pip, **engine.env, "RUNNER_TEMP": str(workspace.parent / "temp")}
    return Composite(ROOT / "action.yml", inputs, SETUP).run(env, workspace)


def test_builds_a_wheel(engine: Engine, workspace: Path) -> None:
    image = SHAPES["oci-index-attested"].make("linux/amd64", manylinux)
    push(image, f"{engine.push_address}/action/manylinux:1")
    installed, built = use(engine, workspace, f"{ADDRESS}/action/manylinux:1", extras="uv")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert built.returncode == 0, built.stdout
    assert built.stderr == ""
    (wheel,) = (workspace / "the wheels").iterdir()
    assert wheel.name.startswith("spam-1.0-cp313-cp313-")
    assert wheel.name.endswith("x86_64.whl")
    commands = workspace.parent / "temp/cibuildwheel-action/commands"
    assert {path.name for path in commands.iterdir()} == {"cibuildwheel", "uv"}


def test_refuses_an_image(engine: Engine, workspace: Path) -> None:
    installed, built = use(engine, workspace, f"{ADDRESS}/action/missing:1")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    assert built.returncode == ImageNotFoundError.return_code, built.stdout
    assert f"{ADDRESS}/action/missing:1 was not found" in built.stdout
