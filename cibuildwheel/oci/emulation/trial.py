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
    UNKNOWN = "not tried"


SIGNS = (
    ("exec format error", Ability.NO_HANDLER),
    ("exec.*no such file or directory", Ability.NOT_FIXED),
)


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

    An arm64 processor may lack the 32-bit instructions.
    """
    if platform == engine.platform:
        return True
    return engine.platform.architecture != "arm64" and _may_be_native(engine, platform)


def judge(engine: Engine, platform: Platform, answer: Answer) -> Trial:
    """What the end of the probe means.

    A static program needs no other file, so one that is not found is the emulator: its handler
    lacks the flag F, which opens it when it is registered
    (https://docs.kernel.org/admin-guide/binfmt-misc.html).
    """
    if answer.ok:
        native = _may_be_native(engine, platform)
        return Trial(platform, Ability.NATIVE if native else Ability.EMULATED)
    for sign, ability in SIGNS:
        # crun may write JSON of several lines
        if found := re.search(f'[^"\n]*{sign}[^"\n]*', answer.stderr, re.IGNORECASE):
            return Trial(platform, ability, found[0].strip())
    return Trial(platform, Ability.UNKNOWN, answer.complaint)


def _may_be_native(engine: Engine, platform: Platform) -> bool:
    return platform in may_run_natively(engine.platform)
