from __future__ import annotations

import pytest

from cibuildwheel.ci import CIProvider
from cibuildwheel.oci import emulation as module
from cibuildwheel.oci.describe import Engine, Store
from cibuildwheel.oci.emulation import check_emulation, emulated_line, impossible
from cibuildwheel.oci.errors import EmulationError
from cibuildwheel.oci.platform import Platform, parse_platform
from cibuildwheel.oci.trial import Ability, Trial
from cibuildwheel.oci.want import Want

AMD64, ARM64, ARM_V7, S390X = map(
    parse_platform, ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x")
)
BUILDS = {
    AMD64: ("cp313-manylinux_x86_64",),
    ARM64: ("cp312-manylinux_aarch64", "cp313-manylinux_aarch64"),
    ARM_V7: ("cp313-manylinux_armv7l",),
    S390X: (),
}
ENGINE = Engine("docker", Store.CLASSIC, AMD64, ())


@pytest.mark.parametrize(
    ("abilities", "provider", "line"),
    [
        ({AMD64: Ability.NATIVE}, CIProvider.github_actions, ""),
        ({AMD64: Ability.NATIVE, ARM64: Ability.UNKNOWN}, None, ""),
        (
            {AMD64: Ability.NATIVE, ARM64: Ability.EMULATED},
            CIProvider.github_actions,
            (
                "info: On this linux/amd64 engine, native: linux/amd64 (cp313-manylinux_x86_64); "
                "emulated: linux/arm64 (cp312-manylinux_aarch64 and 1 more). "
                "A native runner is faster (runs-on: ubuntu-24.04-arm)."
            ),
        ),
        (
            {ARM64: Ability.EMULATED, S390X: Ability.EMULATED},
            None,
            (
                "info: On this linux/amd64 engine, emulated: linux/arm64 "
                "(cp312-manylinux_aarch64 and 1 more), linux/s390x (this container). "
                "A native runner is faster."
            ),
        ),
    ],
)
def test_emulated_line(
    abilities: dict[Platform, Ability], provider: CIProvider | None, line: str
) -> None:
    trials = [Trial(platform, ability) for platform, ability in abilities.items()]
    assert emulated_line(ENGINE, trials, BUILDS, provider) == line


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
        (DESKTOP, Trial(AMD64, Ability.NO_HANDLER, "x"), None, "restart Docker Desktop"),
        (ARM_MACHINE, Trial(ARM_V7, Ability.NO_HANDLER, "x"), None, "no 32-bit support (AArch32)"),
    ],
)
def test_fix(engine: Engine, trial: Trial, provider: CIProvider | None, fix: str) -> None:
    said = impossible(engine, trial, BUILDS, provider)
    assert said.startswith(f"{engine.name} ({engine.platform}) can't run {trial.platform}, needed")
    assert fix in said.partition("\nFix: ")[2]


def wants() -> list[Want]:
    return [
        Want("docker", image, platform, BUILDS[platform])
        for image, platform in (("a:1", ARM64), ("b:1", ARM_V7), ("c:1", ARM64))
    ]


def answering(ability: Ability, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "try_platforms", lambda _, platforms: [Trial(p, ability, "why") for p in platforms]
    )


def test_every_impossible_platform_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(Ability.NO_HANDLER, monkeypatch)
    with pytest.raises(EmulationError) as refused:
        check_emulation(ENGINE, wants())
    said = str(refused.value)
    assert said.count("can't run linux/arm64, needed for cp312-manylinux_aarch64 and 3 more") == 1
    assert said.count("can't run linux/arm/v7, needed for cp313-manylinux_armv7l") == 1


def test_what_could_not_be_tried_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(Ability.UNKNOWN, monkeypatch)
    check_emulation(ENGINE, wants())
    said = "".join(capsys.readouterr())
    assert "Whether docker can run linux/arm64 could not be tried: why" in said
    assert "emulated" not in said


def test_emulation_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(Ability.EMULATED, monkeypatch)
    check_emulation(ENGINE, wants())
    assert capsys.readouterr().out.count("\n") == 1


def test_cpu_is_said_and_returned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trials = [
        Trial(w.platform, Ability.EMULATED, cpu="max" if w.platform == ARM64 else "")
        for w in wants()
    ]
    monkeypatch.setattr(module, "try_platforms", lambda *_: trials)
    assert check_emulation(ENGINE, wants())[ARM64] == "max"
    _, line = capsys.readouterr().out.splitlines()
    assert "QEMU_CPU=max in linux/arm64 containers" in line
