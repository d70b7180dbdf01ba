"""Names of images that are none: the engines say so, and a run says so before it asks them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.errors import ImageNameError, ImagesRefusedError
from cibuildwheel.oci.wanted.name import doubt, mistake
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines("docker20", "docker28-containerd", "podman4", "podman5.8"),
    pytest.mark.spread,
]
A = "a" * 64
# What is said of a name that is one, not `invalid reference format`.
UNKNOWN = ("No such image", "image not known")
BAD = (
    "ghcr.io/MyOrg/img:1", "Img:1", "a b:1", "img:1\n", "img:${TAG}", "$IMG", "%IMG%", "img:",
    "img@", "https://h.io/x:1", "img:1:2", "img:feature/x", "img@sha256:abc",
    f"img@sha256:{A.upper()}", f"img:{'a' * 129}", "a..b/c:1", "a/", "/a", "a//b:1",
    '"img:1"', "img:é", "",
)  # fmt: skip
GOOD = (
    "img", "img:1", f"img@sha256:{A}", f"img:1@sha256:{A}", A, f"sha256:{A}", "abcdef012345",
    "a--b:1", "h_st.example/a:1", "HOST.example/a:1", "HOST:5000/a:1", "docker:latest",
)  # fmt: skip


def test_the_engine_agrees(engine: Engine) -> None:
    def takes(name: str) -> bool:
        command = [engine.kind, "create", "--pull=never", name, "true"]
        said = subprocess.run(command, env=engine.env, capture_output=True, text=True, check=False)
        assert said.returncode
        return any(sign in said.stderr for sign in UNKNOWN)

    assert [name for name in (*BAD, *GOOD) if takes(name)] == list(GOOD)
    assert [name for name in (*BAD, *GOOD) if not mistake(name, engine.kind)] == list(GOOD)


def test_a_host_in_upper_case_is_in_doubt(engine: Engine) -> None:
    """Docker of today takes it for a host, all others for a mistake."""
    assert mistake("MyOrg/img:1", engine.kind) == ""
    assert doubt("MyOrg/img:1", engine.kind)


@pytest.mark.parametrize("plan", [True, False])
def test_a_run_and_a_plan(engine: Engine, tmp_path: Path, *, plan: bool) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"')
    push(SHAPES["oci-index-all"].make("linux/arm64", tiny), f"{engine.push_address}/names:1")
    names = {
        "AARCH64": f" {engine.registry.address}/names:1\n",
        "ARMV7L": "MyOrg/img:1",
        "S390X": "ghcr.io/MyOrg/Img:Tag",
        "PPC64LE": "ghcr.io/x/img:${TAG}",
    }

    def run(archs: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **engine.env,
            **{f"CIBW_MANYLINUX_{arch}_IMAGE": name for arch, name in names.items()},
            "CIBW_BUILD": "cp313-manylinux_*",
            "CIBW_CACHE_PATH": str(tmp_path / "cache"),
            "CIBW_CONTAINER_ENGINE": engine.kind,
        }
        flags = ["--print-container-plan"] if plan else []
        command = [sys.executable, "-m", "cibuildwheel", *flags, "--platform=linux"]
        return subprocess.run(
            [*command, f"--archs={archs}"],
            cwd=project, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = run("s390x")
    assert done.returncode == ImageNameError.return_code, done.stderr
    assert "Fix: Write ghcr.io/myorg/img:Tag in manylinux-s390x-image." in done.stderr
    done = run("aarch64,armv7l,s390x,ppc64le")
    assert done.returncode == ImagesRefusedError.return_code, done.stderr
    assert "- ghcr.io/x/img:${TAG} holds ${TAG}, which nothing has filled in." in done.stderr
    assert "Fix: Write myorg/img:1 in manylinux-armv7l-image." in done.stderr
    assert engine.run("images", "--all", "--quiet") == ""
    if plan:  # white space around a name is no mistake
        done = run("aarch64")
        assert done.returncode == 0, done.stderr
