"""Put the native compiler into a container, prove that it works, and have it used."""

from __future__ import annotations

from subprocess import CalledProcessError
from typing import TYPE_CHECKING

from cibuildwheel.oci.container import copy
from cibuildwheel.oci.container.programs import not_working, write
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import clang, trial
from cibuildwheel.oci.native.environment import ASK, export, own_compiler, parse_compilers
from cibuildwheel.oci.native.fetch import fetched
from cibuildwheel.oci.native.place import HOME
from cibuildwheel.oci.native.prepare import WITHOUT, machine_of
from cibuildwheel.oci.native.wheel import zig
from cibuildwheel.oci.wanted.platform import wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cibuildwheel.oci.container.programs import Container
    from cibuildwheel.oci.plan.settled import Settled


def put_compiler(container: Container, settled: Settled) -> None:
    """Put clang into `container`, for what its shell starts to use.

    In an image that names a compiler itself that one is used, and nothing is put there. Raises
    NativeToolsError if it does not work there, CopyError if it can't be put there.
    """
    if named := parse_compilers(container.ask_shell(ASK)):
        tell_own_compiler(named)
        return
    architecture = str(wheel_architecture(settled.decision.want.platform))
    machine = machine_of(settled.engine)
    try:
        gcc = clang.parse_gcc(container.ask_shell(clang.ASK_GCC))
    except ValueError as error:
        msg = f"{container.image} has no gcc whose libraries clang could use: {error}"
        raise NativeToolsError(f"{msg}\n{WITHOUT}, or in an image that has one.") from None
    configuration = clang.configuration(architecture, gcc)
    try:
        copy.copy_into(container, fetched(zig(machine)), HOME)
        write(container, {clang.CONFIG: configuration, **trial.SOURCES}, clang.programs(machine))
        container.ask_shell(trial.try_compiler())
    except CalledProcessError as error:
        raise not_working("clang", container, error) from error
    print(f"info: clang runs natively in this container: CC={clang.CC} (native-tools).", flush=True)
    container.ask_shell(export(clang.variables(architecture, gcc.triple)))


def tell_own_compiler(environment: Mapping[str, str]) -> None:
    """Say what compiler is used in an `environment` of an equipped container, if not ours."""
    if own := own_compiler(environment):
        print(f"info: {own} is set, and used, not the native clang of native-tools.", flush=True)
