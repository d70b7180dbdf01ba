"""Containers of images with entrypoints as people have them, and commands that fail in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.cpu import fastest_cpu
from cibuildwheel.oci.errors import ContainerExitedError
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.document import DOCKER, Content, manifest
from tools.images.entrypoints import ENTRYPOINTS, with_bash, with_entrypoint
from tools.images.layer import file, layer
from tools.images.push import push
from tools.images.tiny import busybox
from tools.lab.plugin import use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines("docker20", "docker28", "podman4", "podman5.8-rootless"),
    pytest.mark.spread,
]
MACHINES = {"linux/386": "i686", "linux/arm64": "aarch64", "linux/arm/v7": "armv7l"}
CPU = fastest_cpu(parse_platform("linux/arm64"), parse_platform("linux/amd64"))
SEES = 'echo "$(uname -m) ${QEMU_CPU-none}"'
AS_ROOT = [name for name in ENTRYPOINTS if "user" not in name]
FOREIGN = ("linux/arm/v7", "linux/riscv64", "linux/s390x", "linux/ppc64le")


@pytest.fixture(autouse=True)
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process use the engine; no container may be left in it."""
    use(engine.env, monkeypatch)
    yield
    assert engine.run("ps", "--all", "--quiet") == ""


def container(
    engine: Engine, of: Content, platform: str, *create_args: str, cwd: str = "/project"
) -> OCIContainer:
    """A container of `of`, to be entered."""
    push(manifest(DOCKER, of, platform), f"{engine.push_address}/entrypoints:1")
    config = OCIContainerEngineConfig(engine.kind, disable_host_mount=True, create_args=create_args)
    return OCIContainer(
        image=f"{engine.registry.address}/entrypoints:1",
        oci_platform=OCIPlatform(platform),
        engine=config,
        cwd=cwd,
    )


@pytest.mark.parametrize("platform", MACHINES)
@pytest.mark.parametrize("name", AS_ROOT)
def test_what_was_settled_is_so(
    engine: Engine, name: str, platform: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cpu = "max" if name == "sets the CPU" else CPU if platform == "linux/arm64" else "none"
    (tmp_path / "file").write_text("copied")
    with container(engine, with_entrypoint(platform, name), platform) as running:
        said = running.call(["sh", "-c", SEES], capture_output=True)
        assert said == f"{MACHINES[platform]} {cpu}\n"
        running.copy_into(tmp_path, PurePosixPath("/project"))
        assert running.call(["cat", "file"], capture_output=True) == "copied"
    out = capfd.readouterr().out
    assert ("QEMU_CPU stays max" in out) is (cpu == "max" and platform[-1] == "4")
    assert ("> " in out) is (name == "prints")


def test_no_linux32(engine: Engine) -> None:
    of = with_entrypoint("linux/386", "none")
    gone = layer([file("bin/.wh.linux32", b"")])
    running = container(engine, replace(of, layers=(*of.layers, gone)), "linux/386")
    with pytest.raises(ContainerExitedError, match="The image has no linux32"), running:
        pass


def test_a_shell_of_another_user(engine: Engine, tmp_path: Path) -> None:
    """Files come as by the engine's own user, as in upstream."""
    (tmp_path / "file").write_text("copied")
    of = with_entrypoint("linux/amd64", "another user")
    with container(engine, of, "linux/amd64", cwd="/tmp") as running:
        assert running.call(["id", "-u"], capture_output=True) == "1000\n"
        running.copy_into(tmp_path / "file", PurePosixPath("/constraints.txt"))
        assert running.call(["cat", "/constraints.txt"], capture_output=True) == "copied"


def test_a_user_that_is_not_root(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    of = with_entrypoint("linux/amd64", "a user")
    with pytest.raises(CalledProcessError), container(engine, of, "linux/amd64"):
        pass
    assert "run by user 1000" in "".join(capfd.readouterr())
    with container(engine, of, "linux/amd64", "--user=0") as running:
        assert running.call(["id", "-u"], capture_output=True) == "0\n"


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ("kill -SEGV $$", "it ended with code 139, SIGSEGV"),
        ("kill -ILL $$", "it ended with code 132, SIGILL"),
        ("sh -c 'kill -SEGV $$'; exit 1", "uncaught target signal 11"),
    ],
)
def test_a_crash(engine: Engine, script: str, how: str, capfd: pytest.CaptureFixture[str]) -> None:
    said = {}
    for platform in ("linux/arm64", "linux/amd64"):
        running = container(engine, with_bash(platform), platform)
        with pytest.raises(CalledProcessError), running:
            running.call(["sh", "-c", script])
        said[platform] = "".join(capfd.readouterr())
    assert "linux/arm64 is emulated here by QEMU 7.2" in said["linux/arm64"]
    assert how in said["linux/arm64"]
    assert "is emulated here" not in said["linux/amd64"]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_program_of_a_third_architecture(
    engine: Engine,
    foreign: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its emulator does not take the CPU of the container's: the advice is what works."""
    of = with_bash("linux/arm64")
    program = file("foreign/uname", busybox(foreign).read_bytes(), 0o755)
    of = replace(of, layers=(*of.layers, layer([program])))
    running = container(engine, of, "linux/arm64")
    with pytest.raises(CalledProcessError), running:
        running.call(["/foreign/uname", "-m"])
    with running:
        command = ["env", "-u", "QEMU_CPU", "/foreign/uname", "-m"]
        assert running.call(command, capture_output=True)
    assert "Start its programs by `env -u QEMU_CPU`" in "".join(capfd.readouterr())
    monkeypatch.setenv("QEMU_CPU", "max")
    with container(engine, of, "linux/arm64") as running:
        assert running.call(["/foreign/uname", "-m"], capture_output=True)
