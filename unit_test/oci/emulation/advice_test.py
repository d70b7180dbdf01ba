from __future__ import annotations

from dataclasses import replace

import pytest

from cibuildwheel.ci import CIProvider
from cibuildwheel.oci.emulation.advice import SO_IS, emulated_line, impossible, untried
from cibuildwheel.oci.emulation.runners import asks_for_native, native_runner
from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.wanted.platform import Platform, parse_platform

AMD64, I386, ARM64, ARM_V7, S390X = map(
    parse_platform, ("linux/amd64", "linux/386", "linux/arm64", "linux/arm/v7", "linux/s390x")
)
BUILDS = ("cp312-manylinux_aarch64", "cp313-manylinux_aarch64")
ENGINE = Engine("docker", Store.CLASSIC, AMD64, ())


@pytest.mark.parametrize(
    ("platforms", "provider", "end"),
    [
        ([ARM64], None, f"emulates linux/arm64. A native runner is faster, {SO_IS}."),
        (
            [ARM64, S390X, ARM64],
            CIProvider.github_actions,
            (
                "emulates linux/arm64, linux/s390x. "
                f"A native runner is faster (runs-on: ubuntu-24.04-arm), {SO_IS}."
            ),
        ),
        (
            [ARM64, S390X],
            CIProvider.travis_ci,
            (
                "emulates linux/arm64, linux/s390x. "
                f"A native runner is faster (arch: arm64, arch: s390x), {SO_IS}."
            ),
        ),
    ],
)
def test_emulated_line(platforms: list[Platform], provider: CIProvider | None, end: str) -> None:
    line = emulated_line(ENGINE, platforms, provider)
    assert line == f"info: This docker engine (linux/amd64) {end}"


def test_lines_of_a_context() -> None:
    engine = replace(ENGINE, context="far")
    assert emulated_line(engine, [ARM64], None).startswith(
        "info: The engine of docker context far (linux/amd64) emulates linux/arm64."
    )
    error = impossible(engine, Trial(S390X, Ability.NO_HANDLER, "x"), (), None)
    assert str(error).startswith("docker context far (linux/amd64) can't run linux/s390x")


@pytest.mark.parametrize(
    ("provider", "platform", "runner", "written"),
    [
        (None, ARM64, None, ""),
        (CIProvider.other, ARM64, None, ""),
        (CIProvider.azure_pipelines, ARM64, None, ""),
        (CIProvider.github_actions, ARM64, "ubuntu-24.04-arm", "runs-on: ubuntu-24.04-arm"),
        (CIProvider.github_actions, I386, "ubuntu-latest", "runs-on: ubuntu-latest"),
        (CIProvider.github_actions, ARM_V7, None, ""),
        (CIProvider.gitlab, ARM64, "saas-linux-small-arm64", "tags: [saas-linux-small-arm64]"),
        (CIProvider.circle_ci, ARM64, "arm.medium", "resource_class: arm.medium"),
        (CIProvider.travis_ci, S390X, "s390x", "arch: s390x"),
    ],
)
def test_native_runner(
    provider: CIProvider | None, platform: Platform, runner: str | None, written: str
) -> None:
    assert native_runner(provider, platform) == runner
    assert asks_for_native(provider, platform) == written


DESKTOP = Engine("docker", Store.CLASSIC, ARM64, (), desktop=True)
ARM_MACHINE = Engine("podman", Store.PODMAN, ARM64, ())


@pytest.mark.parametrize(
    ("engine", "trial", "provider", "fix"),
    [
        (ENGINE, Trial(ARM64, Ability.NO_HANDLER, "x"), CIProvider.github_actions, "setup-qemu"),
        (ENGINE, Trial(ARM64, Ability.NO_HANDLER, "x"), CIProvider.gitlab, "in the job"),
        (ENGINE, Trial(ARM64, Ability.NO_HANDLER, "x"), None, "apt-get install qemu-user-static"),
        (ENGINE, Trial(ARM64, Ability.NO_HANDLER, "x"), None, "--install arm64"),
        (ENGINE, Trial(ARM64, Ability.NOT_FIXED, "x"), None, "--uninstall qemu-aarch64, then"),
        (ENGINE, Trial(ARM_V7, Ability.NOT_FIXED, "x"), None, "--uninstall qemu-arm, then"),
        (ENGINE, Trial(S390X, Ability.BROKEN, "x"), None, "another release of it: docker run"),
        (ENGINE, Trial(S390X, Ability.BROKEN, "x"), CIProvider.gitlab, "--uninstall qemu-s390x"),
        (ENGINE, Trial(I386, Ability.NO_HANDLER, "x"), None, "has no 32-bit support (CONFIG_IA32"),
        (DESKTOP, Trial(AMD64, Ability.NO_HANDLER, "x"), None, "restart Docker Desktop"),
        (ARM_MACHINE, Trial(ARM_V7, Ability.NO_HANDLER, "x"), None, "no 32-bit support (AArch32)"),
    ],
)
def test_impossible(engine: Engine, trial: Trial, provider: CIProvider | None, fix: str) -> None:
    error = impossible(engine, trial, BUILDS, provider)
    said, _, fixes = str(error).partition("\n  Fix: ")
    assert said == (
        f"{engine.name} ({engine.platform}) can't run {trial.platform}, "
        f"needed for cp312-manylinux_aarch64 and 1 more: {trial.ability.value} (x)."
    )
    assert fix in fixes


@pytest.mark.parametrize("ability", [Ability.NATIVE, Ability.EMULATED, Ability.UNKNOWN])
def test_possible(ability: Ability) -> None:
    trial = Trial(ARM64, ability, "why")
    assert impossible(ENGINE, trial, BUILDS, None) is None
    doubt = "Whether docker can run linux/arm64 could not be tried: why"
    assert untried(ENGINE, trial) == (doubt if ability is Ability.UNKNOWN else "")
