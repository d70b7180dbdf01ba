"""The CPU that QEMU emulates in the containers of a platform, where its own choice is a slow one.

QEMU's user mode takes it from `QEMU_CPU` in the environment of what it runs
(https://www.qemu.org/docs/master/user/main.html). docs/emulated-cpu.md has the measurements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.platform import Platform

VARIABLE = "QEMU_CPU"

# By architecture of OCI: what is faster in some generation of QEMU, slower in none, and has every
# instruction that the default CPU has.
FASTEST = {"arm64": "max,pauth-impdef=on", "riscv64": "max,ztso=off,zama16b=off"}

# Where the default CPU promises an order of memory accesses that these machines keep anyway: the
# promise is what is slow, and is not missed there.
ORDERED = {"riscv64": ("amd64", "386")}

# The same CPU as QEMU chooses when it is not told, for who wants that.
OWN_CHOICE = {"arm64": "max", "riscv64": "max"}


def fastest_cpu(platform: Platform, machine: Platform) -> str:
    """The value of `QEMU_CPU` for containers of `platform` on an engine's `machine`.

    It is `""` where there is nothing to gain.
    """
    architecture = platform.architecture
    if machine.architecture not in ORDERED.get(architecture, (machine.architecture,)):
        return ""
    return FASTEST.get(architecture, "")


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
