"""The CPU that QEMU emulates in the containers of a platform, where its own choice is a slow one.

QEMU's user mode takes it from `QEMU_CPU` in the environment of what it runs
(https://www.qemu.org/docs/master/user/main.html). docs/emulated-cpu.md has the measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.platform import Platform

VARIABLE = "QEMU_CPU"

# By architecture of OCI: what is faster in some generation of QEMU, slower in none, and shows
# programs every feature that the default CPU does.
FASTEST = {"arm64": "max,pauth-impdef=on"}

# The same CPU as QEMU chooses when it is not told, for who wants that.
OWN_CHOICE = {"arm64": "max"}


def fastest_cpu(platform: Platform) -> str:
    """The value of `QEMU_CPU` for containers of `platform`; `""` where there is nothing to gain."""
    return FASTEST.get(platform.architecture, "")


def with_cpu(cpu: str, shell: Sequence[str]) -> Sequence[str]:
    """`shell`, a command, in an environment where `QEMU_CPU` is `cpu` unless it is set at all.

    The container itself knows what its image and its options set. `shell` itself is started last,
    so that it is the first to run on `cpu`.
    """
    if not cpu:
        return shell
    script = f'export {VARIABLE}="${{{VARIABLE}-{cpu}}}"; exec "$@"'
    return (shell[0], "-c", script, *shell[:1], *shell)


def cpu_line(cpus: dict[Platform, str]) -> str:
    """What is set where, and how to have it otherwise, in one line; `""` if nothing is set."""
    if not any(cpus.values()):
        return ""
    each = [
        f"{VARIABLE}={cpu} in {platform} containers, where QEMU is faster with it (to turn it off: "
        f"`--env={VARIABLE}={OWN_CHOICE[platform.architecture]}` in create-args of "
        "container-engine)"
        for platform, cpu in cpus.items()
        if cpu
    ]
    return f"info: cibuildwheel sets {'; '.join(each)}."
