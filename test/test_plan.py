"""--print-container-plan on real engines: all that is in the way of a run, and nothing changed.

`--junitxml` keeps what was printed, and in how many seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from cibuildwheel.oci.errors import EmulationError, ImagesRefusedError, PlatformNotOfferedError
from cibuildwheel.oci.plan.as_text import WIDTH
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import unseen
from tools.lab.generation import FAULTY_ADDRESS, Generation
from tools.lab.handlers import no_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tools.images.document import Image
    from tools.lab.engine import Engine

    Plan = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = [
    pytest.mark.default_engines("docker20", "docker28-containerd", "podman4", "podman5.8-rootless"),
    pytest.mark.spread(2),
]
SCHEMA = Path(__file__).parents[1] / "docs/container-plan.schema.json"
SOON = 60.0
"""Seconds within which a plan is printed, on a busy machine."""


@pytest.fixture
def made(engine: Engine) -> Iterator[list[Image]]:
    """The images that are published. No layer of them may be read, and nothing may be left."""
    images: list[Image] = []
    engine.registry.forget()
    yield images
    layers = {b.digest for image in images for part in image.walk() for b in part.blobs[1:]}
    read = {r.path.rpartition("/")[2] for r in engine.registry_log() if r.method == "GET"}
    assert not read & layers
    assert engine.run("ps", "--all", "--quiet") == ""
    assert engine.run("images", "--all", "--quiet") == ""


@pytest.fixture
def plan(engine: Engine, tmp_path: Path, record_property: Callable[[str, object], None]) -> Plan:
    """Runs `cibuildwheel --print-container-plan…` for a project over all architectures."""
    project, temporary = tmp_path / "project", tmp_path / "tmp"
    project.mkdir()
    temporary.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"')

    def run(flag: str, images: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
        # the oldest client can't ask of an OCI image what it offers
        of_engine = engine.env_with_skopeo() if isinstance(engine, Generation) else engine.env
        environment = {
            **of_engine,
            **{f"CIBW_MANYLINUX_{a.upper()}_IMAGE": image for a, image in images.items()},
            "CIBW_BUILD": "cp31?-manylinux_*",
            "CIBW_CACHE_PATH": str(tmp_path / "cache"),
            "CIBW_CONTAINER_ENGINE": engine.kind,
            "TMPDIR": str(temporary),
        }
        command = [sys.executable, "-m", "cibuildwheel", flag, "--platform=linux", *more]
        begin = time.monotonic()
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - begin
        for name in ("stdout", "stderr"):
            record_property(name, getattr(done, name))
        record_property("seconds", round(seconds, 2))
        assert seconds < SOON
        assert "Traceback" not in done.stderr
        assert list(temporary.iterdir()) == []
        assert [path.name for path in project.iterdir()] == ["pyproject.toml"]
        return done

    return run


def publish(engine: Engine, made: list[Image], shape: str, platform: str = "linux/arm64") -> str:
    image = SHAPES[shape].make(platform, unseen)
    made.append(image)
    push(image, f"{engine.push_address}/{shape}:1")
    return f"{engine.registry.address}/{shape}:1"


@pytest.fixture
def images(engine: Engine, made: list[Image]) -> dict[str, str]:
    """One image for each architecture; that for riscv64 does not offer it."""
    right = publish(engine, made, "oci-index-all")
    wrong = publish(engine, made, "oci-index-lacking", "linux/riscv64")
    return {**dict.fromkeys(WHEEL_ARCHITECTURES, right), "riscv64": wrong}


@pytest.mark.alone
def test_text(engine: Engine, plan: Plan, images: dict[str, str]) -> None:
    with no_handler("qemu-s390x"):
        done = plan("--print-container-plan", images, "--archs=all")
    assert done.returncode == ImagesRefusedError.return_code, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "\033" not in done.stdout
    rows = [line.split() for line in lines if "-manylinux_" in line]
    verdicts = {row[0].partition("-manylinux_")[2]: row[-1] for row in rows}
    refused = {"s390x", "riscv64"}
    assert verdicts == {a: "refused" if a in refused else "ok" for a in WHEEL_ARCHITECTURES}
    assert "can't run linux/s390x, needed for cp310-manylinux_s390x and" in done.stderr
    assert f"{images['riscv64']} offers " in done.stderr
    assert done.stderr.count("  Fix: ") == 2


@pytest.mark.alone
def test_json(engine: Engine, plan: Plan, images: dict[str, str]) -> None:
    with no_handler("qemu-s390x"):
        done = plan("--print-container-plan=json", images, "--archs=all")
    assert done.returncode == ImagesRefusedError.return_code, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert (document["ok"], document["exit_code"]) == (False, done.returncode)
    told = {c["architecture"]: c for c in document["containers"]}
    assert told.keys() == WHEEL_ARCHITECTURES.keys()
    assert {a: c["execution"] for a, c in told.items()} == {
        **dict.fromkeys(WHEEL_ARCHITECTURES, "emulated"),
        "x86_64": "native",
        "i686": "native",
        "s390x": "impossible",
    }
    refusals = {a: [r["exit_code"] for r in c["refusals"]] for a, c in told.items() if not c["ok"]}
    assert refusals == {
        "s390x": [EmulationError.return_code],
        "riscv64": [PlatformNotOfferedError.return_code],
    }
    assert {c["source"] for c in told.values() if c["ok"]} == {"pull"}
    assert all(c["size"] > 0 for c in told.values() if c["ok"])
    assert len({c["pinned"] for c in told.values() if c["source"]}) == 6
    assert told["x86_64"]["shape"] == "application/vnd.oci.image.index.v1+json"


def test_what_can_be_built(engine: Engine, plan: Plan, images: dict[str, str]) -> None:
    done = plan("--print-container-plan=json", images, "--archs=auto64,aarch64")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["ok"]
    assert [c["architecture"] for c in document["containers"]] == ["x86_64", "aarch64"]


def test_what_cannot_be_asked_is_not_pulled(engine: Engine, plan: Plan, made: list[Image]) -> None:
    if not isinstance(engine, Generation):
        pytest.skip(f"{engine.name} is not the lab's")
    images = {"aarch64": f"{FAULTY_ADDRESS}/status-500:1"}
    done = plan("--print-container-plan", images, "--archs=aarch64")
    assert done.returncode == 0, done.stderr
    assert "pull, checked afterwards" in done.stdout
    assert "could not be asked of its registry" in done.stderr
