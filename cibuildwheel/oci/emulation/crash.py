"""Programs that crash under an emulator: what tells it, and what to do: pure.

Facts: a shell returns 128 and the number of the signal (POSIX, "Exit Status for Commands"); what
QEMU says then (linux-user/signal.c there); and, from https://github.com/tonistiigi/binfmt/issues/215,
that a QEMU before 8.1 that is no position-independent program crashes at random where the kernel
spreads addresses over more than 28 bits, as Ubuntu's do since 2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.minimum import numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.wanted.platform import Platform

CODES = {132: "SIGILL", 135: "SIGBUS", 139: "SIGSEGV"}
SIGNS = re.compile(
    r"uncaught target signal (?:4|7|11)\b[^\n]*|QEMU internal SIG(?:ILL|BUS|SEGV)\b[^\n]*"
    r"|\b(?:Illegal instruction|Bus error|Segmentation fault)\b"
)
# With QEMU_VERSION set it tells its own version and runs nothing
# (https://www.qemu.org/docs/master/user/main.html). What a process sees of its own memory, QEMU
# makes up, so another one looks at that of the shell: its lowest part is QEMU itself, if that is
# not position-independent.
ASK = (
    "cibw_=$(QEMU_VERSION=1 /bin/true 2>/dev/null </dev/null) || :; printf '%s\\0' \"$cibw_\"; "
    "{ read -r cibw_ || cibw_=; } 2>/dev/null </proc/sys/vm/mmap_rnd_bits || cibw_=; "
    "printf '%s\\0' \"$cibw_\"; "
    "( { read -r cibw_ || cibw_=; } 2>/dev/null </proc/$$/maps || cibw_=; "
    "printf '%s\\0' \"$cibw_\" )"
)
FIXED_IN, SAFE_BITS = (8, 1), 28
REPORT = "https://github.com/tonistiigi/binfmt/issues/215"


@dataclass(frozen=True)
class Emulator:
    """What a container tells of its emulator: `version` is `""` where that is not known.

    `scatters` is whether it is placed as those that crash where the kernel spreads addresses far.
    """

    version: str = ""
    scatters: bool = False

    def __str__(self) -> str:
        """Its name in a sentence."""
        return f"QEMU {self.version}" if self.version else "an emulator"


def parse_emulator(said: Sequence[str]) -> Emulator:
    """What was said in answer to ASK."""
    told, bits, lowest = said
    found = re.match(r"qemu-\S+ version (\S+)", told)
    far = bits.isdecimal() and int(bits) > SAFE_BITS
    return Emulator(found[1] if found else "", scatters=far and "qemu" in lowest.rpartition(" ")[2])


def random_crashes(emulator: Emulator, platform: Platform) -> str:
    """What to warn of where `emulator` is known to crash whatever it runs; `""` if it is not."""
    version = numbers_of(emulator.version)
    if not version or version >= FIXED_IN or not emulator.scatters:
        return ""
    return (
        f"{emulator}, which runs {platform} here, is known to crash compilers at random on this "
        f"kernel ({REPORT})"
    )


def crash(returncode: int, said: str) -> str:
    """How a command seems to have crashed that returned `returncode` and printed `said`, or `""`.

    A build tool returns a code of its own where a compiler crashes, and prints how that ended.
    """
    if returncode in CODES:
        return f"it ended with code {returncode}, {CODES[returncode]}"
    found = SIGNS.search(said)
    return f"a program that it ran ended so: {found[0].strip()}" if found else ""
