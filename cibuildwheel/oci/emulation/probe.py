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
from cibuildwheel.oci.emulation.cpu_check import minds, ran
from cibuildwheel.oci.emulation.probe_image import FOR_CPU, probe_archive
from cibuildwheel.oci.emulation.trial import Ability, Trial, is_native, judge
from cibuildwheel.oci.engine.process import Answer, ask, interrupted
from cibuildwheel.oci.engine.reach import change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.wanted.platform import Platform

PROBE = "localhost/cibuildwheel-probe"
AT_ONCE = 8
# For a container to be made and to end, and then for the probe in it, which takes a hundredth of
# that on a machine that has nothing else to do.
RUN_SECONDS, END_SECONDS = 20.0, 10.0


def try_platforms(engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
    """One trial for each of `platforms`, in order, all at once. Nothing is left in the engine."""
    with ThreadPoolExecutor(AT_ONCE) as executor:
        return list(executor.map(partial(_try, engine), platforms))


def try_own(engine: Engine, platform: Platform) -> Trial:
    """A trial of a program of the machine of `engine` itself, in a container of `platform`."""
    return _with_probe(engine, platform, _plain, engine.platform)


def _try(engine: Engine, platform: Platform) -> Trial:
    if is_native(engine, platform):
        return Trial(platform, Ability.NATIVE)
    return _with_probe(engine, platform, _tried)


def _with_probe(
    engine: Engine,
    platform: Platform,
    trial: Callable[[Engine, Platform, str], Trial],
    machine: Platform | None = None,
) -> Trial:
    """The `trial` of a probe that is loaded for it and removed again; see `probe_archive`."""
    mark = str(uuid.uuid4())
    try:
        archive = probe_archive(platform, f"{PROBE}:{mark}", machine)
    except ValueError as error:
        return Trial(platform, Ability.UNKNOWN, str(error))
    try:
        loaded = change(engine.address, "load", stdin=archive)
        if not loaded.ok:
            return Trial(platform, Ability.UNKNOWN, loaded.complaint)
        return trial(engine, platform, mark)
    finally:
        change(engine.address, "rmi", "--force", f"{PROBE}:{mark}")


def _tried(engine: Engine, platform: Platform, mark: str) -> Trial:
    """The trial of a probe that is loaded, with the CPU that `platform` is to have."""
    # who has the variable here, for whatever reason, is left to it
    cpu = "" if VARIABLE in os.environ else fastest_cpu(platform, engine.platform)
    if cpu:
        options = (f"--env={VARIABLE}={cpu}", f"--entrypoint={FOR_CPU}")
        answer, hangs = _run(engine, mark, platform, *options)
        if ran(answer):
            return Trial(platform, Ability.EMULATED, cpu=cpu if minds(answer) else "")
        trial = judge(engine, platform, answer, hangs=hangs)
        if trial.ability is not Ability.BROKEN:
            return trial
    return _plain(engine, platform, mark)


def _plain(engine: Engine, platform: Platform, mark: str) -> Trial:
    """The trial of the plain program of a probe that is loaded."""
    answer, hangs = _run(engine, mark, platform)
    return judge(engine, platform, answer, hangs=hangs)


def _run(engine: Engine, mark: str, platform: Platform, *options: str) -> tuple[Answer, bool]:
    """The end of the probe, and whether there was none though it was started."""
    container = f"cibuildwheel-probe-{mark}"
    flags = (f"--name={container}", "--network=none", "--pull=never", f"--platform={platform}")
    command = ("run", "--rm", *flags, *options, f"{PROBE}:{mark}")
    answer = None
    try:
        answer = change(engine.address, *command, seconds=RUN_SECONDS)
        return answer, answer.returncode is None and _hangs(engine, container)
    finally:
        # --rm removes what has run
        if answer is None or not (answer.ok or ran(answer)):
            change(engine.address, "kill", container)  # podman would have it end by itself first
            change(engine.address, "rm", "--force", container)


def _hangs(engine: Engine, container: str) -> bool:
    """Whether `container` runs, and still does after END_SECONDS.

    An emulator that crashes as the first process of a container may do that: the kernel keeps a
    signal that such a process sends to itself away from it (pid_namespaces(7)).
    """
    for seconds in (0, END_SECONDS):
        interrupted.wait(seconds)
        state = ask(
            *engine.address.command,
            "container",
            "inspect",
            "--format={{.State.Running}}",
            container,
        )
        if state.stdout.strip() != "true":
            return False
    return True
