"""Try on an engine whether it can run a platform, with a program that does next to nothing.

The engine's own machine is asked, wherever that is: the emulators of this one say nothing about it.
No registry, no network and no privilege is needed.
"""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.cpu import VARIABLE, fastest_cpu
from cibuildwheel.oci.emulation.cpu_check import minds, ran
from cibuildwheel.oci.emulation.probe_image import cpu_path_of, path_of, probe_archive
from cibuildwheel.oci.emulation.trial import Ability, Trial, has_ended, is_native, judge
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer, ask, interrupted
from cibuildwheel.oci.engine.reach import change
from cibuildwheel.oci.wanted.platform import wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized

    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform

PROBE = "localhost/cibuildwheel-probe"
AT_ONCE = 8
# For a container to be made and to end, and then for the probe in it, which takes a hundredth of
# that on a machine that has nothing else to do.
RUN_SECONDS, END_SECONDS = 20.0, 10.0


@dataclass(frozen=True)
class _Probe:
    """An image of programs that `engine` has, labelled `label`, by a name that ends in `mark`."""

    engine: Engine
    label: Platform
    mark: str


def try_platforms(engine: Engine, platforms: Iterable[Platform]) -> list[Trial]:
    """One trial for each of `platforms`, in order. Nothing is left in the engine.

    One container tries all of them, as each command has its price, most of all by ssh; those that
    may have a CPU of their own are tried with that, too. What fails is tried alone.
    """
    wanted = list(platforms)
    trials = {p: Trial(p, Ability.NATIVE) for p in wanted if is_native(engine, p)}
    foreign = [platform for platform in wanted if platform not in trials]
    trials |= {p: _without_program(p, p) for p in foreign}
    programs = {p: architecture for p in foreign if (architecture := wheel_architecture(p))}
    if programs:
        with _loaded(engine, foreign[0], programs.values()) as probe:
            trials |= {trial.platform: trial for trial in _try_all(probe, programs)}
    return [trials[platform] for platform in wanted]


def try_own(engine: Engine, platform: Platform) -> Trial:
    """A trial of a program of the machine of `engine` itself, in a container of `platform`."""
    own = wheel_architecture(engine.platform)
    if own is None:
        return _without_program(platform, engine.platform)
    with _loaded(engine, platform, [own]) as probe:
        if isinstance(probe, str):
            return Trial(platform, Ability.UNKNOWN, probe)
        return _plain(probe, platform, own)


def _without_program(platform: Platform, machine: Platform) -> Trial:
    return Trial(platform, Ability.UNKNOWN, f"there is no probe for {machine}")


@contextmanager
def _loaded(
    engine: Engine, label: Platform, architectures: Iterable[str]
) -> Iterator[_Probe | str]:
    """Within this, have the programs of `architectures` in `engine`; or why it has them not."""
    mark = str(uuid.uuid4())
    name = f"{PROBE}:{mark}"
    try:
        loaded = change(engine.address, "load", stdin=probe_archive(label, name, architectures))
        yield _Probe(engine, label, mark) if loaded.ok else loaded.complaint
    finally:
        change(engine.address, "rmi", "--force", name)


def _try_all(probe: _Probe | str, programs: Mapping[Platform, str]) -> list[Trial]:
    """The trials of `programs`, by their architectures: with a CPU, and of all at once without."""
    if isinstance(probe, str):
        return [Trial(platform, Ability.UNKNOWN, probe) for platform in programs]
    cpus = {platform: cpu for platform in programs if (cpu := _cpu(probe.engine, platform))}
    with ThreadPoolExecutor(AT_ONCE) as executor:
        of_all = executor.submit(_run_all, probe, programs, cpus)
        of = [programs[platform] for platform in cpus]
        alone = executor.map(partial(_with_cpu, probe), cpus, of, cpus.values())
        trials = {trial.platform: trial for trial in alone if trial}
        left = {p: architecture for p, architecture in programs.items() if p not in trials}
        answer = of_all.result()
        if answer and answer.ok:
            plain = [judge(probe.engine, platform, answer) for platform in left]
        else:
            plain = list(executor.map(partial(_plain, probe), left, left.values()))
        return [*trials.values(), *plain]


def _cpu(engine: Engine, platform: Platform) -> str:
    """The CPU to be tried; `""` if none is: who has the variable here is left to it."""
    return "" if VARIABLE in os.environ else fastest_cpu(platform, engine.platform)


def _run_all(probe: _Probe, programs: Mapping[Platform, str], cpus: Sized) -> Answer | None:
    """The end of all plain programs, each started by the one before.

    None where that would tell no more than others do: of one, or where all are tried with `cpus`.
    """
    if len(programs) == 1 or len(programs) == len(cpus):
        return None
    answer, _ = _run(probe, *map(path_of, programs.values()), patient=False)
    return answer


def _with_cpu(probe: _Probe, platform: Platform, architecture: str, cpu: str) -> Trial | None:
    """The trial of a program with `cpu`; None if there is none to be had with that."""
    answer, hangs = _run(probe, cpu_path_of(architecture), options=[f"--env={VARIABLE}={cpu}"])
    if ran(answer):
        return Trial(platform, Ability.EMULATED, cpu=cpu if minds(answer) else "")
    trial = judge(probe.engine, platform, answer, hangs=hangs)
    return trial if trial.ability is not Ability.BROKEN else None


def _plain(probe: _Probe, platform: Platform, architecture: str) -> Trial:
    """The trial of a plain program alone."""
    answer, hangs = _run(probe, path_of(architecture))
    return judge(probe.engine, platform, answer, hangs=hangs)


def _run(
    probe: _Probe, path: str, *arguments: str, options: Sequence[str] = (), patient: bool = True
) -> tuple[Answer, bool]:
    """The end of a program, and whether there was none though it was started.

    Unless `patient`, the second is not asked.
    """
    engine, container = probe.engine.address, f"cibuildwheel-probe-{uuid.uuid4()}"
    flags = (f"--name={container}", "--network=none", "--pull=never", f"--platform={probe.label}")
    started = (*options, f"--entrypoint={path}", f"{PROBE}:{probe.mark}", *arguments)
    answer = None
    try:
        answer = change(engine, "run", "--rm", *flags, *started, seconds=RUN_SECONDS)
        return answer, patient and answer.returncode is None and _hangs(engine, container)
    finally:
        # --rm removes what has run
        if answer is None or not (has_ended(answer) or ran(answer)):
            if probe.engine.store is Store.PODMAN:  # which would have it end by itself first
                change(engine, "kill", container)
            change(engine, "rm", "--force", container)


def _hangs(engine: Address, container: str) -> bool:
    """Whether `container` runs, and still does after END_SECONDS.

    An emulator that crashes as the first process of a container may do that: the kernel keeps a
    signal that such a process sends to itself away from it (pid_namespaces(7)).
    """
    for seconds in (0, END_SECONDS):
        interrupted.wait(seconds)
        state = ask(
            *engine.command, "container", "inspect", "--format={{.State.Running}}", container
        )
        if state.stdout.strip() != "true":
            return False
    return True
