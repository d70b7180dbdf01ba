"""Make sure, before anything is pulled, that containers run the tools, and that they can be had.

Uv is left for later: which one is wanted only the image tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.probe import try_own
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native.fetch import fetched
from cibuildwheel.oci.native.wheel import MACHINES, zig
from cibuildwheel.oci.wanted.platform import wheel_architecture
from cibuildwheel.oci.wanted.tools import CLANG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.wanted.platform import Platform

WITHOUT = "Fix: Build without native-tools"


def prepare(needed: Iterable[tuple[Engine, Platform, tuple[str, ...]]]) -> None:
    """Have here what containers of a platform on an engine need for their tools, and try it there.

    What can't be tried is left to the container itself. Raises NativeToolsError.
    """
    for engine, platform, tools in dict.fromkeys(needed):
        machine = machine_of(engine)
        if CLANG in tools:
            fetched(zig(machine))
        trial = try_own(engine, platform)
        if trial.ability in {Ability.NO_HANDLER, Ability.NOT_FIXED, Ability.BROKEN}:
            msg = (
                f"{engine.address} does not run programs of its own machine ({engine.platform}) in "
                f"{platform} containers, as native-tools needs: {trial.said}"
            )
            raise NativeToolsError(f"{msg}\n{WITHOUT} there.")


def machine_of(engine: Engine) -> str:
    """The architecture of the programs for `engine`. Raises NativeToolsError if there are none."""
    machine = wheel_architecture(engine.platform)
    if machine not in MACHINES:
        there = " and ".join(MACHINES)
        msg = f"native-tools are there for engines on {there}, not for one on {engine.platform}"
        raise NativeToolsError(f"{msg}.\n{WITHOUT} there.")
    return machine
