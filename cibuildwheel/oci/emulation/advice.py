"""Say which platforms of a run are emulated, and why an engine can't run one at all: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.ci import CIProvider
from cibuildwheel.oci.emulation.runners import asks_for_native
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.errors import EmulationError
from cibuildwheel.oci.wanted.want import who_wants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.emulation.trial import Trial
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.wanted.platform import Platform

SO_IS = "and so is an engine on a native machine (docs/contexts.md)"
IMPOSSIBLE = (Ability.NO_HANDLER, Ability.NOT_FIXED, Ability.BROKEN)

AGAIN = {
    Ability.NOT_FIXED: "Register it with the flag F",
    Ability.BROKEN: "Register another release of it",
}
# By the architecture of the machine and of the programs that it does not run.
NO_32_BIT = {
    ("arm64", "arm"): "The processor of this arm64 machine has no 32-bit support (AArch32)",
    ("amd64", "386"): (
        "The kernel of this amd64 machine has no 32-bit support (CONFIG_IA32_EMULATION, turned off "
        "by `ia32_emulation=0` on its command line)"
    ),
}


def emulated_line(
    engine: Engine, platforms: Iterable[Platform], provider: CIProvider | None
) -> str:
    """That `engine` emulates `platforms`, in one line, and what is faster on `provider`."""
    emulated = list(dict.fromkeys(platforms))
    faster = f"A native runner is faster{known_native(emulated, provider)}, {SO_IS}"
    names = ", ".join(map(str, emulated))
    which = f"The engine of {engine.address}" if engine.context else f"This {engine.name} engine"
    return f"info: {which} ({engine.platform}) emulates {names}. {faster}."


def known_native(platforms: Iterable[Platform], provider: CIProvider | None) -> str:
    """What asks `provider` for native runners of `platforms`, in brackets; `""` if unknown."""
    known = ", ".join(filter(None, (asks_for_native(provider, p) for p in platforms)))
    return f" ({known})" if known else ""


def impossible(
    engine: Engine, trial: Trial, identifiers: tuple[str, ...], provider: CIProvider | None
) -> EmulationError | None:
    """The error for a platform that `engine` can't run, as `trial` shows; None if it can.

    The message tells that `identifiers` need it, and the fix for where the engine runs.
    """
    if trial.ability not in IMPOSSIBLE:
        return None
    who = who_wants(identifiers)
    what = f"{engine.address} ({engine.platform}) can't run {trial.platform}, needed for {who}"
    why = f"{trial.ability.value} ({trial.said})"
    return EmulationError(f"{what}: {why}.\n  Fix: {_fix(engine, trial, provider)}")


def untried(engine: Engine, trial: Trial) -> str:
    """What to warn of where `trial` tells nothing; `""` if it does tell."""
    if trial.ability is not Ability.UNKNOWN:
        return ""
    return f"Whether {engine.address} can run {trial.platform} could not be tried: {trial.said}"


def _fix(engine: Engine, trial: Trial, provider: CIProvider | None) -> str:
    architecture = trial.platform.architecture
    install = f"docker run --privileged --rm tonistiigi/binfmt --install {architecture}"
    if engine.desktop:
        return "Update and restart Docker Desktop, which brings its emulators itself."
    if lacks := NO_32_BIT.get((engine.platform.architecture, architecture)):
        return f"{lacks}: use a machine that has it, or an emulator ({install})."
    if trial.ability in AGAIN:
        name = {"arm64": "aarch64", "386": "i386"}.get(architecture, architecture)
        again = f"docker run --privileged --rm tonistiigi/binfmt --uninstall qemu-{name}"
        return f"{AGAIN[trial.ability]}: {again}, then {install}."
    if provider is CIProvider.github_actions:
        return "Add a step with `uses: docker/setup-qemu-action@v3` before cibuildwheel."
    if provider:
        return f"Run `{install}` in the job before cibuildwheel, or build on a native runner."
    return (
        f"On the machine of the engine, run `{install}`, or on Debian and Ubuntu "
        "`apt-get install qemu-user-static binfmt-support`."
    )
