"""`native-tools` on real engines: put into an emulated container, proven, and used or not.

test_builds.py has the wheels that are built with them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container.equip import tell_own_compiler
from cibuildwheel.oci.emulation.probe import try_own
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine.describe import describe
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import fetch
from cibuildwheel.oci.native.clang import CC, CXX
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.cache import cache_root
from tools.images.manylinux import manylinux
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.lab import handlers
from tools.lab.plugin import use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.images.document import Content
    from tools.images.shapes import Contents
    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines("docker28-containerd", "podman5.4"),
    pytest.mark.spread,
]
ARM64, AMD64 = "linux/arm64", "linux/amd64"
EMULATED = ("linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x", "linux/riscv64")


@pytest.fixture(autouse=True)
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process use the engine; no container and no probe may be left in it."""
    use(engine.env, monkeypatch)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(fetch, "CIBW_CACHE_PATH", cache_root() / "cibuildwheel")
    yield
    assert engine.run("ps", "--all", "--quiet") == ""
    assert "cibuildwheel-probe" not in engine.run("images", "--all")


def container(
    engine: Engine, contents: Contents, platform: str = ARM64, *create_args: str
) -> OCIContainer:
    """One with `native-tools`, to be entered."""
    push(SHAPES["oci-manifest"].make(platform, contents), f"{engine.push_address}/native:1")
    config = OCIContainerEngineConfig(
        engine.kind, disable_host_mount=True, create_args=create_args, native_tools=("clang",)
    )
    image = f"{engine.registry.address}/native:1"
    return OCIContainer(image=image, oci_platform=OCIPlatform(platform), engine=config, cwd="/")


def with_compiler_of_its_own(platform: str) -> Content:
    content = tiny(platform)
    return replace(content, config={**content.config, "Env": [*content.config["Env"], "CXX=g++"]})


def test_emulated(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, manylinux) as running:
        said = capsys.readouterr().out
        environment = running.get_environment()
        version = running.call(["sh", "-c", '"$CC" --version'], capture_output=True)
        tell_own_compiler({**environment, "CC": "gcc", "CXX": "g++"})
    assert "info: clang will run natively in linux/arm64 containers (native-tools)." in said
    assert f"info: clang runs natively in this container: CC={CC} (native-tools)." in said
    assert "is set, and used" not in said
    assert (environment["CC"], environment["CXX"]) == (CC, CXX)
    assert version.startswith("clang version 20.")
    assert "Target: aarch64" in version
    assert "info: CC=gcc CXX=g++ is set, and used" in capsys.readouterr().out


def test_image_that_names_a_compiler(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, with_compiler_of_its_own) as running:
        assert running.ask_shell('printf \'%s\\0\' "${CC-none}" "$CXX"') == ["none", "g++"]
        assert running.programs([CC, CXX]) == []
    assert "info: CXX=g++ is set, and used, not the native" in capsys.readouterr().out


def test_native(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with container(engine, tiny, AMD64) as running:
        assert running.ask_shell("printf '%s\\0' \"${CC-none}\"") == ["none"]
        assert running.native_tools == ()
        assert running.programs([CC, CXX]) == []
    line = "info: native-tools do nothing in linux/amd64 containers: those are not emulated."
    assert capsys.readouterr().out.count(line) == 1


def test_no_gcc(engine: Engine) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    words = "has no gcc whose libraries clang could use: .*gcc: (command )?not found"
    with pytest.raises(NativeToolsError, match=words), container(engine, tiny):
        pass


def test_the_compiler_fails(engine: Engine, tmp_path: Path) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    running = container(engine, manylinux, ARM64, f"--volume={tmp_path}:/usr/include")
    with pytest.raises(NativeToolsError, match="The native clang does not work") as error, running:
        pass
    assert "fatal error: 'math.h' file not found" in str(error.value)
    assert "Fix: Build without native-tools" in str(error.value)


@pytest.mark.parametrize("platform", EMULATED)
def test_programs_of_its_own_machine_run_anywhere(engine: Engine, platform: str) -> None:
    trial = try_own(describe(engine.kind), parse_platform(platform))
    assert (trial.ability, trial.said) == (Ability.EMULATED, "")
