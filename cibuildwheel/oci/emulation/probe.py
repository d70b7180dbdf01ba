"""Try on an engine whether it can run a platform, with a program that only exits.

The engine's own machine is asked, wherever that is: the emulators of this one say nothing about it.
No registry, no network and no privilege is needed.
"""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.cpu import VARIABLE, fastest_cpu
from cibuildwheel.oci.emulation.cpu_check import REFUSED, minds, ran
from cibuildwheel.oci.emulation.probe_image import FOR_CPU, probe_archive
from cibuildwheel.oci.emulation.trial import Ability, Trial, is_native, judge
from cibuildwheel.oci.engine.process import Answer, change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.wanted.platform import Platform

PROBE = "localhost/cibuildwheel-probe"
AT_ONCE = 8


def try_platforms(engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
    """One trial for each of `platforms`, in order, all at once. Nothing is left in the engine."""
    with ThreadPoolExecutor(AT_ONCE) as executor:
        return list(executor.map(partial(_try, engine), platforms))


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
    # who has the variable here, for whatever reason, is left to it
    cpu = "" if VARIABLE in os.environ else fastest_cpu(platform, engine.platform)
    if cpu:
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
