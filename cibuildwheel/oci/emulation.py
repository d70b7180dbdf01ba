"""Say which platforms of a run are emulated, and refuse those that the engine can't run at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.ci import CIProvider, detect_ci_provider
from cibuildwheel.logger import log
from cibuildwheel.oci.cpu import cpu_line
from cibuildwheel.oci.errors import EmulationError
from cibuildwheel.oci.local_qemu import advice
from cibuildwheel.oci.trial import Ability, try_platforms
from cibuildwheel.oci.want import who_wants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cibuildwheel.oci.describe import Engine
    from cibuildwheel.oci.platform import Platform
    from cibuildwheel.oci.trial import Trial
    from cibuildwheel.oci.want import Want

IMPOSSIBLE = (Ability.NO_HANDLER, Ability.NOT_FIXED)

# What asks a CI provider for a machine of an architecture of OCI, where it has one.
NATIVE_RUNNERS = {
    (CIProvider.github_actions, "arm64"): "runs-on: ubuntu-24.04-arm",
    (CIProvider.gitlab, "arm64"): "tags: [saas-linux-small-arm64]",
    (CIProvider.circle_ci, "arm64"): "resource_class: arm.medium",
    (CIProvider.travis_ci, "arm64"): "arch: arm64",
    (CIProvider.travis_ci, "ppc64le"): "arch: ppc64le",
    (CIProvider.travis_ci, "s390x"): "arch: s390x",
}


def check_emulation(engine: Engine, wants: Sequence[Want]) -> dict[Platform, str]:
    """Try the platforms of `wants` on `engine`, and print which of them are emulated, if any is.

    Returns the `QEMU_CPU` for each, `""` for none. What could not be tried is warned of, and so is
    a bad emulator of this machine. Raises EmulationError, with every reason, if `engine` can't run
    one of them.
    """
    builds = identifiers_by_platform(wants)
    trials = try_platforms(engine, builds)
    provider = detect_ci_provider()
    if refused := [trial for trial in trials if trial.ability in IMPOSSIBLE]:
        raise EmulationError("\n".join(impossible(engine, t, builds, provider) for t in refused))
    for trial in trials:
        if trial.ability is Ability.UNKNOWN:
            what = f"Whether {engine.name} can run {trial.platform} could not be tried"
            log.warning(f"{what}: {trial.said}")
    if line := emulated_line(engine, trials, builds, provider):
        print(line)
    if line := advice(engine, [t for t in trials if t.ability is Ability.EMULATED]):
        log.warning(line)
    cpus = {trial.platform: trial.cpu for trial in trials}
    if line := cpu_line(cpus):
        print(line)
    return cpus


def identifiers_by_platform(wants: Iterable[Want]) -> dict[Platform, tuple[str, ...]]:
    """The builds of each platform of `wants`."""
    builds: dict[Platform, tuple[str, ...]] = {}
    for want in wants:
        builds[want.platform] = builds.get(want.platform, ()) + want.identifiers
    return builds


def emulated_line(
    engine: Engine,
    trials: Iterable[Trial],
    builds: Mapping[Platform, tuple[str, ...]],
    provider: CIProvider | None,
) -> str:
    """What is emulated and what is not, in one line; `""` if nothing is emulated."""
    by_ability: dict[Ability, list[Platform]] = {}
    for trial in trials:
        by_ability.setdefault(trial.ability, []).append(trial.platform)
    emulated = by_ability.get(Ability.EMULATED)
    if not emulated:
        return ""
    parts = [
        f"{ability.value}: {', '.join(f'{p} ({who_wants(builds[p])})' for p in platforms)}"
        for ability, platforms in by_ability.items()
    ]
    runners = (NATIVE_RUNNERS.get((provider, p.architecture)) for p in emulated if provider)
    known = ", ".join(filter(None, runners))
    faster = "A native runner is faster" + (f" ({known})" if known else "")
    return f"info: On this {engine.platform} engine, {'; '.join(parts)}. {faster}."


def impossible(
    engine: Engine,
    trial: Trial,
    builds: Mapping[Platform, tuple[str, ...]],
    provider: CIProvider | None,
) -> str:
    """Why `engine` can't run the platform of `trial`, who needs it, and the fix."""
    who = who_wants(builds[trial.platform])
    what = f"{engine.name} ({engine.platform}) can't run {trial.platform}, needed for {who}"
    fix = _fix(engine, trial, provider)
    return f"{what}: {trial.ability.value} ({trial.said}).\nFix: {fix}"


def _fix(engine: Engine, trial: Trial, provider: CIProvider | None) -> str:
    architecture = trial.platform.architecture
    install = f"docker run --privileged --rm tonistiigi/binfmt --install {architecture}"
    if engine.desktop:
        return "Update and restart Docker Desktop, which brings its emulators itself."
    if (engine.platform.architecture, architecture) == ("arm64", "arm"):
        return (
            "The processor of this arm64 machine has no 32-bit support (AArch32): use a machine "
            f"that has, or an emulator ({install})."
        )
    if trial.ability is Ability.NOT_FIXED:
        name = "aarch64" if architecture == "arm64" else architecture
        again = f"docker run --privileged --rm tonistiigi/binfmt --uninstall qemu-{name}"
        return f"Register it with the flag F: {again}, then {install}."
    if provider is CIProvider.github_actions:
        return "Add a step with `uses: docker/setup-qemu-action@v3` before cibuildwheel."
    if provider:
        return f"Run `{install}` in the job before cibuildwheel, or build on a native runner."
    return (
        f"On the machine of the engine, run `{install}`, or on Debian and Ubuntu "
        "`apt-get install qemu-user-static binfmt-support`."
    )
