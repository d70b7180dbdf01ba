"""Make sure, before anything is pulled, that the tools can be had and that containers run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.probe import try_own
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native.fetch import PINS, fetched
from cibuildwheel.oci.wanted.platform import wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.wanted.platform import Platform

WITHOUT = "Fix: Build without native-tools"


def prepare(needed: Iterable[tuple[Engine, Platform]]) -> None:
    """Have what containers of a platform on an engine need here, and try it there.

    What can't be tried is left to the container itself. Raises NativeToolsError.
    """
    for engine, platform in dict.fromkeys(needed):
        fetched(machine_of(engine))
        trial = try_own(engine, platform)
        if trial.ability in {Ability.NO_HANDLER, Ability.NOT_FIXED, Ability.BROKEN}:
            msg = (
                f"{engine.name} does not run programs of its own machine ({engine.platform}) in "
                f"{platform} containers, as native-tools needs: {trial.said}"
            )
            raise NativeToolsError(f"{msg}\n{WITHOUT} there.")


def machine_of(engine: Engine) -> str:
    """The architecture of the programs for `engine`. Raises NativeToolsError if there are none."""
    machine = wheel_architecture(engine.platform)
    if machine not in PINS:
        there = " and ".join(PINS)
        msg = f"native-tools are there for engines on {there}, not for one on {engine.platform}"
        raise NativeToolsError(f"{msg}.\n{WITHOUT} there.")
    return machine
