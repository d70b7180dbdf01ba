"""What is compared: for each wheel architecture, values of `QEMU_CPU`; and generations of QEMU."""

from dataclasses import dataclass

DEFAULT = ""
"""No `QEMU_CPU` at all: QEMU's own choice."""


@dataclass(frozen=True)
class Generation:
    """A QEMU of Debian's: the suite and the package that have it, and the release it is of."""

    release: str
    suite: str
    package: str


GENERATIONS = (
    Generation("7.2", "bookworm", "qemu-user-static"),
    Generation("10.0", "trixie", "qemu-user"),
    Generation("11.1", "forky", "qemu-user"),
)

# What QEMU calls the architecture, in the name of its program.
PROGRAMS = {
    "aarch64": "qemu-aarch64",
    "armv7l": "qemu-arm",
    "ppc64le": "qemu-ppc64le",
    "s390x": "qemu-s390x",
    "riscv64": "qemu-riscv64",
}

CANDIDATES = {
    "aarch64": ("max", "max,pauth-impdef=on", "max,pauth=off", "cortex-a72"),
    "armv7l": ("max", "cortex-a15"),
    "ppc64le": ("power9", "power10"),
    "s390x": ("max",),
    "riscv64": ("rv64", "max,ztso=off", "max,zama16b=off", "max,ztso=off,zama16b=off"),
}
