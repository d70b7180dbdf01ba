"""The first words to the shell of a container: what it runs on, told where nothing can garble it.

An image's ENTRYPOINT gets the container's command as its arguments, and may split them, join them
or drop all but the first. One plain word survives that (https://docs.docker.com/reference/dockerfile/
has what ENTRYPOINT is given), so the command is that of a shell, and the rest comes by its input.
"""

from __future__ import annotations

import contextlib
import sys
import uuid
from threading import Timer
from typing import IO, TYPE_CHECKING, Protocol

from cibuildwheel.logger import log
from cibuildwheel.oci.container.exit import container_exited
from cibuildwheel.oci.emulation.cpu import VARIABLE
from cibuildwheel.oci.emulation.crash import ASK, Emulator, parse_emulator, random_crashes
from cibuildwheel.oci.emulation.qemu import FIX

if TYPE_CHECKING:
    from cibuildwheel.oci.plan.settled import Settled
    from cibuildwheel.oci.wanted.platform import Platform

PATIENCE = 30.0
NARROW = ("386", "arm")

# A 32-bit container sees the kernel's 64-bit machine, unless an emulator or the image's entrypoint
# says otherwise. What follows `exec` may be lost: a shell that is not bash has read on already. So
# the next shell tells when it is there.
WIDE = 'case "$(uname -m)" in i?86|armv?l) false ;; esac'


class Asked(Protocol):
    """A running container that can be asked something."""

    def ask_shell(self, question: str) -> list[str]:
        """What its shell prints, split at zero bytes."""


class Container(Asked, Protocol):
    """As much of a container that was started as its beginning needs."""

    image: str
    name: str | None
    bash_stdin: IO[bytes]
    bash_stdout: IO[bytes]


def begin(container: Container, settled: Settled) -> None:
    """Wait until the shell of `container` answers, on the machine and the CPU that are `settled`.

    What the image's entrypoint prints is shown as it comes. Raises ContainerExitedError if there
    is no shell.
    """
    platform = settled.decision.want.platform
    mark = str(uuid.uuid4())
    with contextlib.suppress(BrokenPipeError):  # there is no answer then either
        container.bash_stdin.write(first_words(platform, settled.cpu, mark).encode())
        container.bash_stdin.flush()
    waiting = Timer(PATIENCE, log.warning, [still_waiting(container.image)])
    waiting.daemon = True
    waiting.start()
    try:
        there = _show_until(f"{mark}\n".encode(), container.bash_stdout)
    finally:
        waiting.cancel()
    if not there:
        name = str(container.name)
        raise container_exited(settled.engine.address.command, name, container.image, str(platform))
    if settled.emulated and (known := random_crashes(ask_emulator(container), platform)):
        log.warning(f"{known}: {FIX}.")
    if settled.cpu:
        (found,) = container.ask_shell(f"printf '%s\\0' \"${{{VARIABLE}-}}\"")
        if found != settled.cpu:
            print(other_cpu(found))


def ask_emulator(container: Asked) -> Emulator:
    """What `container`, which is emulated, can tell of its emulator."""
    return parse_emulator(container.ask_shell(ASK))


def first_words(platform: Platform, cpu: str, mark: str) -> str:
    """What a shell is told first, in the end to print `mark`.

    An entrypoint that reads a line gets an empty one. `cpu` is a value of `QEMU_CPU` for what the
    shell starts; what the image, its entrypoint or the user has set stays.
    """
    tell = f"echo {mark}"
    export = f'export {VARIABLE}="${{{VARIABLE}-{cpu}}}"; ' if cpu else ""
    if platform.architecture not in NARROW:
        return f"\n{export}{tell}\n"
    again = f"exec linux32 /bin/sh -c '{tell}; exec /bin/bash'"
    return f"\n{export}if {WIDE}; then {again}; else {tell}; fi\n"


def still_waiting(image: str) -> str:
    """What to warn of where a shell takes long to answer."""
    return (
        f"The shell of the container from {image} has not answered for {PATIENCE:g} seconds. "
        "The image's ENTRYPOINT has to run the command that it is given, /bin/bash, and to leave "
        "it the standard input."
    )


def other_cpu(found: str) -> str:
    """What to say of a container in which `QEMU_CPU` is not what was settled."""
    what = f"stays {found} in this container, which sets it" if found else "could not be set there"
    return f"info: {VARIABLE} {what}."


def _show_until(mark: bytes, output: IO[bytes]) -> bool:
    """Show what comes before the line that ends with `mark`; whether there is such a line."""
    sys.stdout.flush()
    for line in iter(output.readline, b""):
        sys.stdout.buffer.write(line.removesuffix(mark))
        sys.stdout.buffer.flush()
        if line.endswith(mark):
            return True
    return False
