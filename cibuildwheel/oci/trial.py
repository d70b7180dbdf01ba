"""Whether an engine can run a platform: tried with a program that only exits.

The engine's own machine is asked, wherever that is: the emulators of this one say nothing about it.
No registry, no network and no privilege is needed.
"""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.oci.cpu import VARIABLE, fastest_cpu
from cibuildwheel.oci.cpu_probe import REFUSED, minds, ran
from cibuildwheel.oci.engine import Answer, change
from cibuildwheel.oci.platform import may_run_natively
from cibuildwheel.oci.probe import FOR_CPU, probe_archive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.describe import Engine
    from cibuildwheel.oci.platform import Platform

PROBE = "localhost/cibuildwheel-probe"
AT_ONCE = 8


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


def try_platforms(engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
    """One trial for each of `platforms`, in order, all at once. Nothing is left in the engine."""
    with ThreadPoolExecutor(AT_ONCE) as executor:
        return list(executor.map(partial(_try, engine), platforms))


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


def _try(engine: Engine, platform: Platform) -> Trial:
    if is_native(engine, platform):
        return Trial(platform, Ability.NATIVE)
    mark = str(uuid.uuid4())
    try:
        archive = probe_archive(platform, f"{PROBE}:{mark}")
    except ValueError as error:
        return Trial(platform, Ability.UNKNOWN, str(error))
    try:
        loaded = change(engine.name, "load", stdin=archive)
        if not loaded.ok:
            return Trial(platform, Ability.UNKNOWN, loaded.complaint)
        return _tried(engine, platform, mark)
    finally:
        change(engine.name, "rmi", "--force", f"{PROBE}:{mark}")


def _tried(engine: Engine, platform: Platform, mark: str) -> Trial:
    """The trial of a probe that is loaded, with the CPU that `platform` is to have."""
    if cpu := fastest_cpu(platform, engine.platform):
        answer = _run(engine, platform, mark, f"--env={VARIABLE}={cpu}", f"--entrypoint={FOR_CPU}")
        if ran(answer):
            return Trial(platform, Ability.EMULATED, cpu=cpu if minds(answer) else "")
        trial = judge(engine, platform, answer)
        if trial.ability is not Ability.UNKNOWN or answer.returncode != REFUSED:
            return trial
    return judge(engine, platform, _run(engine, platform, mark))


def _run(engine: Engine, platform: Platform, mark: str, *options: str) -> Answer:
    container = f"cibuildwheel-probe-{mark}"
    flags = (f"--name={container}", "--network=none", "--pull=never", f"--platform={platform}")
    answer = None
    try:
        answer = change(engine.name, "run", "--rm", *flags, *options, f"{PROBE}:{mark}")
        return answer
    finally:
        # --rm removes what has run
        if answer is None or not (answer.ok or ran(answer)):
            change(engine.name, "rm", "--force", container)


def _may_be_native(engine: Engine, platform: Platform) -> bool:
    return platform in may_run_natively(engine.platform)
