"""Put the programs of a cross gcc into a container, prove them, and have them used."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

from cibuildwheel.oci.container import copy
from cibuildwheel.oci.container.programs import not_working, write
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import gcc, trial
from cibuildwheel.oci.native.prepare import WITHOUT, machine_of

if TYPE_CHECKING:
    from cibuildwheel.oci.container.programs import Container
    from cibuildwheel.oci.plan.settled import Settled


def put_gcc(container: Container, settled: Settled) -> None:
    """Put the programs of gcc that are `settled` into `container`, for what its shell starts.

    Raises NativeToolsError if its gcc does not start them or they make anything else, CopyError if
    they can't be put there.
    """
    try:
        copy.copy_into(container, Path(settled.gcc), gcc.FOLDER)
        (said,) = container.ask_shell(f"printf '%s\\0' \"$({{ {gcc.ASK}; }} 2>&1 </dev/null)\"")
        own = gcc.parse_identity(said)
        if own is None:
            msg = f"{container.image} has no gcc that tells its version"
            raise NativeToolsError(f"{msg}.\n{WITHOUT} there.")
        headers = [gcc.parse_headers(said) for said in container.ask_shell(gcc.ask_headers())]
        programs = gcc.programs(machine_of(settled.engine), own, headers)
        texts = {f"{gcc.TRIAL}/{PurePosixPath(p).name}": t for p, t in trial.SOURCES.items()}
        write(container, texts, programs)
        container.ask_shell(f"{gcc.export()}; {gcc.try_same()}")
    except CalledProcessError as error:
        raise not_working("gcc", container, error) from error
    print(f"info: gcc runs natively in this container: {own.cc1} (native-tools).", flush=True)
