"""The emulated CPU of containers, on real engines: tried, set, and left to who sets it already.

Other generations of QEMU than the machine's, and emulators that don't know the variable or the
value, are rootless podman's own (see tools/lab/own_handlers.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.cpu import fastest_cpu
from cibuildwheel.oci.emulation.probe import try_platforms
from cibuildwheel.oci.emulation.qemu import advice, is_here, version_for
from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.engine.describe import describe
from cibuildwheel.oci.plan.settle import settle
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import (
    LINUX,
    WHEEL_ARCHITECTURES,
    Platform,
    parse_platform,
    wheel_architecture,
)
from cibuildwheel.oci.wanted.want import Want
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.lab.generation import Generation
from tools.lab.own_handlers import own_handlers
from tools.lab.plugin import use
from tools.lab.qemu import PROGRAMS, QEMUS, programs, rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.images.document import Content
    from tools.lab.engine import Engine
    from tools.lab.qemu import Qemu

pytestmark = [
    pytest.mark.default_engines("docker20", "docker28-containerd", "podman4", "podman5.8-rootless"),
    pytest.mark.spread,
]
ARM64, AMD64 = parse_platform("linux/arm64"), parse_platform("linux/amd64")
CPU = fastest_cpu(ARM64, AMD64)
SETS = "cibuildwheel sets QEMU_CPU"
NOT_TAKEN = Trial(ARM64, Ability.EMULATED)


@pytest.fixture(autouse=True)
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process use the engine; no container and no probe may be left in it."""
    use(engine.env, monkeypatch)
    yield
    assert engine.run("ps", "--all", "--quiet") == ""
    assert "cibuildwheel-probe" not in engine.run("images", "--all")


def seen(
    engine: Engine,
    image: str,
    platform: str = "linux/arm64",
    create_args: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
) -> str:
    """The `QEMU_CPU` that a command in a container sees, or `none`."""
    (settled,) = settle([Want(engine.kind, image, parse_platform(platform))])
    config = OCIContainerEngineConfig(engine.kind, disable_host_mount=True, create_args=create_args)
    with OCIContainer(
        image=image, oci_platform=OCIPlatform(platform), engine=config, settled=settled
    ) as container:
        command = ["sh", "-c", "echo ${QEMU_CPU-none}"]
        return container.call(command, env=env, capture_output=True).strip()


def publish(engine: Engine, platform: str, *variables: str) -> str:
    def contents(of: str) -> Content:
        content = tiny(of)
        environment = [*content.config["Env"], *variables]
        return replace(content, config={**content.config, "Env": environment})

    push(SHAPES["oci-manifest"].make(platform, contents), f"{engine.push_address}/cpu:1")
    return f"{engine.registry.address}/cpu:1"


def test_set_and_said(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert seen(engine, publish(engine, "linux/arm64"), "linux/arm64") == CPU
    lines = [line for line in capsys.readouterr().out.splitlines() if SETS in line]
    assert len(lines) == 1
    assert f"QEMU_CPU={CPU} in linux/arm64 containers" in lines[0]


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/386", "linux/ppc64le"])
def test_not_set(engine: Engine, platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert seen(engine, publish(engine, platform), platform) == "none"
    assert SETS not in "".join(capsys.readouterr())


def test_the_image_has_one(engine: Engine) -> None:
    image = publish(engine, "linux/arm64", "QEMU_CPU=cortex-a57")
    assert seen(engine, image) == "cortex-a57"


@pytest.mark.parametrize("form", ["--env", "--env=", "-e", "--env-file"])
def test_create_args_have_one(engine: Engine, form: str, tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text("QEMU_CPU=cortex-a57\n")
    create_args = {
        "--env": ("--env", "QEMU_CPU=cortex-a57"),
        "--env=": ("--env=QEMU_CPU=cortex-a57",),
        "-e": ("-eQEMU_CPU=cortex-a57",),
        "--env-file": (f"--env-file={file}",),
    }[form]
    image = publish(engine, "linux/arm64")
    assert seen(engine, image, create_args=create_args) == "cortex-a57"


def test_environment_has_one(engine: Engine) -> None:
    """What the option `environment` sets goes to each command."""
    image = publish(engine, "linux/arm64")
    environment = {"QEMU_CPU": "cortex-a57"}
    assert seen(engine, image, env=environment) == "cortex-a57"


def test_turned_off_as_the_line_says(engine: Engine) -> None:
    image = publish(engine, "linux/arm64")
    create_args = ("--env=QEMU_CPU=max",)
    assert seen(engine, image, create_args=create_args) == "max"


def test_qemu_of_this_machine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    known = describe(Address(engine.kind))
    assert is_here(known)
    version = version_for(ARM64)
    assert version
    assert bool(advice(known, [NOT_TAKEN])) is (version < (10,))
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    assert advice(known, [NOT_TAKEN]) == ""


def tried(engine: Engine, emulator: Path, platform: Platform = ARM64) -> Trial:
    """What comes of the probe where `emulator` is the one that `engine` has for `platform`."""
    if not isinstance(engine, Generation) or not engine.spec.rootless:
        pytest.skip(f"{engine.name} has the handlers of the machine")
    with own_handlers(engine, [rule(wheel_architecture(platform) or "", emulator)]):
        (trial,) = try_platforms(describe(Address(engine.kind)), [platform])
    return trial


@pytest.mark.default_engines("podman5.8-rootless")
@pytest.mark.parametrize(
    ("architecture", "releases"), [("aarch64", ("7.2", "10.0")), ("riscv64", ("10.0", "11.1"))]
)
@pytest.mark.parametrize("qemu", QEMUS, ids=lambda qemu: qemu.release)
def test_generations_of_qemu(
    engine: Engine, qemu: Qemu, architecture: str, releases: tuple[str, ...]
) -> None:
    platform = Platform(LINUX, *WHEEL_ARCHITECTURES[architecture])
    cpu = fastest_cpu(platform, AMD64) if qemu.release in releases else ""
    emulator = programs(qemu) / PROGRAMS[architecture]
    assert tried(engine, emulator, platform) == Trial(platform, Ability.EMULATED, cpu=cpu)


@pytest.mark.default_engines("podman5.8-rootless")
@pytest.mark.parametrize(
    ("word", "instead"),
    [
        # an emulator that goes by another variable, or none
        (b"\0QEMU_CPU\0", b"\0SOME_CPU\0"),
        # a QEMU from before the property
        (b"\0pauth-impdef\0", b"\0pauth-unknown"[:13] + b"\0"),
    ],
)
def test_emulator_that_knows_not(
    engine: Engine, word: bytes, instead: bytes, tmp_path: Path
) -> None:
    program = (programs(QEMUS[0]) / PROGRAMS["aarch64"]).read_bytes()
    assert len(word) == len(instead)
    assert word in program
    other = tmp_path / "qemu"
    other.write_bytes(program.replace(word, instead))
    other.chmod(0o755)
    assert tried(engine, other) == NOT_TAKEN
