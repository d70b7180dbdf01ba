"""Try on an engine whether it can run a platform, with a program that only exits.

The engine's own machine is asked, wherever that is: the emulators of this one say nothing about it.
No registry, no network and no privilege is needed.
"""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.cpu import VARIABLE, fastest_cpu
from cibuildwheel.oci.emulation.cpu_check import minds, ran
from cibuildwheel.oci.emulation.probe_image import STARTER, cpu_path_of, path_of, probe_archive
from cibuildwheel.oci.emulation.starter import PROGRAMS as STARTERS
from cibuildwheel.oci.emulation.starter import parse_ends
from cibuildwheel.oci.emulation.trial import Ability, Trial, has_ended, is_native, judge
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.process import Answer, ask, interrupted
from cibuildwheel.oci.engine.reach import change
from cibuildwheel.oci.wanted.platform import wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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

    One container tries several, as each command has its price, most of all by ssh. What fails in
    that is tried alone.
    """
    wanted = list(platforms)
    trials = {p: Trial(p, Ability.NATIVE) for p in wanted if is_native(engine, p)}
    foreign = [platform for platform in wanted if platform not in trials]
    trials |= {p: _without_program(p, p) for p in foreign}
    programs = {p: architecture for p in foreign if (architecture := wheel_architecture(p))}
    if programs:
        with _loaded(engine, foreign[0], programs.values()) as probe:
            trials |= _try_all(probe, programs)
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
    name, machine = f"{PROBE}:{mark}", wheel_architecture(engine.platform) or ""
    archive = probe_archive(label, name, architectures, machine)
    try:
        loaded = change(engine.address, "load", stdin=archive)
        yield _Probe(engine, label, mark) if loaded.ok else loaded.complaint
    finally:
        change(engine.address, "rmi", "--force", name)


def _try_all(probe: _Probe | str, programs: Mapping[Platform, str]) -> dict[Platform, Trial]:
    """The trials of `programs`, by their architectures: together, and alone what failed."""
    if isinstance(probe, str):
        return {platform: Trial(platform, Ability.UNKNOWN, probe) for platform in programs}
    cpus = {platform: cpu for platform in programs if (cpu := _cpu(probe.engine, platform))}
    trials = _try_together(probe, programs, cpus)
    left = [platform for platform in programs if platform not in trials]
    with ThreadPoolExecutor(AT_ONCE) as executor:
        alone = executor.map(lambda p: _try_alone(probe, p, programs[p], cpus.get(p, "")), left)
        return trials | dict(zip(left, alone, strict=True))


def _cpu(engine: Engine, platform: Platform) -> str:
    """The CPU to be tried; `""` if none is: who has the variable here is left to it."""
    return "" if VARIABLE in os.environ else fastest_cpu(platform, engine.platform)


def _try_together(
    probe: _Probe, programs: Mapping[Platform, str], cpus: Mapping[Platform, str]
) -> dict[Platform, Trial]:
    """The trials of those of `programs` that one container has shown to run, with `cpus` or not."""
    if len(programs) == 1 or wheel_architecture(probe.engine.platform) not in STARTERS:
        return {}
    plain = [(path_of(architecture), "") for architecture in programs.values()]
    with_cpu = [(cpu_path_of(programs[p]), f"{VARIABLE}={cpu}") for p, cpu in cpus.items()]
    answer, _ = _run(probe, STARTER, *chain.from_iterable(plain + with_cpu), patient=False)
    ends = parse_ends(answer, len(plain + with_cpu))
    if not ends:
        return {}
    of_plain = dict(zip(programs, ends[: len(plain)], strict=True))
    of_cpus = dict(zip(cpus, ends[len(plain) :], strict=True))
    found = {p: judge(probe.engine, p, end) for p, end in of_plain.items() if end.ok}
    return found | {p: _emulated(p, cpus[p], end) for p, end in of_cpus.items() if ran(end)}


def _emulated(platform: Platform, cpu: str, answer: Answer) -> Trial:
    return Trial(platform, Ability.EMULATED, cpu=cpu if minds(answer) else "")


def _try_alone(probe: _Probe, platform: Platform, architecture: str, cpu: str) -> Trial:
    """The trial of a program, with `cpu` if that is not `""`."""
    if cpu:
        answer, hangs = _run(probe, cpu_path_of(architecture), options=[f"--env={VARIABLE}={cpu}"])
        if ran(answer):
            return _emulated(platform, cpu, answer)
        trial = judge(probe.engine, platform, answer, hangs=hangs)
        if trial.ability is not Ability.BROKEN:
            return trial
    return _plain(probe, platform, architecture)


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
