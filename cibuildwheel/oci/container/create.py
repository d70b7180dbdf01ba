"""Make the container of a build, and remove it, whatever comes between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.cpu import with_cpu
from cibuildwheel.oci.engine.process import change
from cibuildwheel.oci.errors import ContainerNotCreatedError
from cibuildwheel.oci.remedies import with_fix
from cibuildwheel.oci.wanted.platform import parse_platform

if TYPE_CHECKING:
    from collections.abc import Sequence

SHELL = "/bin/bash"
NARROW = ("386", "arm")

# A 32-bit container sees the kernel's 64-bit machine, unless an emulator or the image's entrypoint
# says otherwise. Only its own shell can tell.
NARROW_SHELL = (
    SHELL,
    "-c",
    f'case "$(uname -m)" in i?86|armv?l) exec {SHELL} ;; *) exec linux32 {SHELL} ;; esac',
)


def shell(platform: str, cpu: str = "") -> Sequence[str]:
    """The command of a shell that sees the machine of `platform`, such as `linux/386`.

    What it starts is run on `cpu`, a value of `QEMU_CPU`, where the container sets none.
    """
    narrow = parse_platform(platform).architecture in NARROW
    return with_cpu(cpu, NARROW_SHELL if narrow else (SHELL,))


def create(command: Sequence[str], *, image: str, platform: str, container: str) -> None:
    """Run `command`, which creates `container` from `image`; if interrupted, remove it again.

    Raises ContainerNotCreatedError in the engine's own words.
    """
    try:
        answer = change(*command, seconds=None)
    except BaseException:
        change(command[0], "rm", "--force", container)
        raise
    if not answer.ok:
        what = f"{command[0]} can't create a container from image {image!r} for {platform}"
        raise ContainerNotCreatedError(with_fix(f"{what}: {answer.complaint}", answer.stderr))


def kill(engine: str, container: str) -> None:
    """Kill what still runs in `container`, so that `engine` can remove it at once.

    Podman, left to itself, asks it to stop and waits ten seconds.
    """
    change(engine, "kill", container)


def patience(error: type[BaseException] | None) -> float:
    """The seconds that a shell is given to exit; none if `error` has interrupted its command."""
    return 30 if error is None or issubclass(error, Exception) else 0
