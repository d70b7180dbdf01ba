"""What is known to be bad of releases of QEMU: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.platform import Platform

CRASHES_BEFORE = (7,)

# By architecture of OCI: the first release with a quick CPU of its own, and how many times as long
# work takes on the one before, unless told of a better CPU (docs/emulated-cpu.md).
SLOW_BEFORE = {"arm64": ((10,), 2.7)}


def fault_of(version: tuple[int, ...], platform: Platform, *, cpu: str) -> str:
    """What is bad of a version, `()` if unknown, where `cpu` is set for it; `""` for nothing."""
    if not version:
        return ""
    if version < CRASHES_BEFORE:
        return "is known to crash on some compilers"
    quick, factor = SLOW_BEFORE.get(platform.architecture, ((), 0))
    if version < quick and not cpu:
        return f"takes {factor:g} times as long as it could"
    return ""
