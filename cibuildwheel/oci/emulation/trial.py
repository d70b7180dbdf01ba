"""What came of trying whether an engine can run a platform: pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from cibuildwheel.oci.wanted.platform import may_run_natively

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.wanted.platform import Platform


class Ability(Enum):
    """How an engine runs a platform."""

    NATIVE = "native"
    EMULATED = "emulated"
    NO_HANDLER = "its machine has no emulator for it"
    NOT_FIXED = "its machine has an emulator that containers can't reach"
    BROKEN = "its machine's emulator does not work"
    UNKNOWN = "not tried"


SIGNS = (
    ("exec format error", Ability.NO_HANDLER),
    ("exec.*no such file or directory", Ability.NOT_FIXED),
)

# The codes that `docker run` and `podman run` return for a failure of their own begin with this.
ENGINE_FAILED = 125
# A shell's code for a program that a signal has ended is the signal's number and this.
SIGNALLED = 128
# The signals of a crash, by Linux's numbers (signal(7)): this machine may have others.
CRASHES = {
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    11: "SIGSEGV",
    31: "SIGSYS",
}


@dataclass(frozen=True)
class Trial:
    """What came of trying `platform`; `said` is the engine's complaint, if it had one.

    `cpu` is the value of `QEMU_CPU` that is known to be taken there and to be of use.
    """

    platform: Platform
    ability: Ability
    said: str = ""
    cpu: str = ""


def is_native(engine: Engine, platform: Platform) -> bool:
    """Whether `engine` runs `platform` without emulation for sure, so that it need not be tried.

    An arm64 processor may lack the 32-bit instructions, and an amd64 kernel may be built without,
    or told to do without, the 32-bit system calls (`ia32_emulation` of
    https://docs.kernel.org/admin-guide/kernel-parameters.html).
    """
    return platform == engine.platform


def judge(engine: Engine, platform: Platform, answer: Answer, *, hangs: bool = False) -> Trial:
    """What the end of the probe means; `hangs` is whether it runs, and does not end.

    A static program needs no other file, so one that is not found is the emulator: its handler
    lacks the flag F, which opens it when it is registered
    (https://docs.kernel.org/admin-guide/binfmt-misc.html).
    """
    if answer.ok:
        native = platform in may_run_natively(engine.platform)
        return Trial(platform, Ability.NATIVE if native else Ability.EMULATED)
    if refusal := _refusal(answer):
        return Trial(platform, *refusal)
    failed = "it does not end" if hangs else _own_failure(answer)
    if failed and not _may_be_rosetta(engine, platform):
        return Trial(platform, Ability.BROKEN, f"{failed}, running a program that only exits")
    return Trial(platform, Ability.UNKNOWN, failed or answer.complaint)


def has_ended(answer: Answer) -> bool:
    """Whether the program was run and has ended by itself: the engine is through with it then."""
    code = answer.returncode
    return code is not None and 0 <= code < ENGINE_FAILED and not _refusal(answer)


def _refusal(answer: Answer) -> tuple[Ability, str] | None:
    """Why the kernel did not run the program, and the words for that; None if it did."""
    for sign, ability in SIGNS:
        # crun may write JSON of several lines
        if found := re.search(f'[^"\n]*{sign}[^"\n]*', answer.stderr, re.IGNORECASE):
            return ability, found[0].strip()
    return None


def _own_failure(answer: Answer) -> str:
    """How the program itself has ended, or what runs it; `""` if it was not that."""
    code = answer.returncode or 0
    if 0 < code < ENGINE_FAILED:
        return f"it returned {code}" + (f": {answer.complaint}" if answer.stderr.strip() else "")
    crash = CRASHES.get(code - SIGNALLED)
    return f"it was ended by {crash}" if crash else ""


def _may_be_rosetta(engine: Engine, platform: Platform) -> bool:
    """Whether Apple's emulator may be what runs it, which nobody has seen run the probe."""
    return engine.platform.architecture == "arm64" and platform.architecture in {"amd64", "386"}
