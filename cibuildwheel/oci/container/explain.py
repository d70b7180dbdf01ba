"""What may be behind a command that failed in a container, where that is not the command itself."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Protocol

from cibuildwheel.ci import detect_ci_provider
from cibuildwheel.errors import FatalError
from cibuildwheel.logger import log
from cibuildwheel.oci.container.begin import ask_emulator
from cibuildwheel.oci.emulation.advice import known_native
from cibuildwheel.oci.emulation.cpu import VARIABLE
from cibuildwheel.oci.emulation.crash import CODES, Emulator, crash
from cibuildwheel.oci.emulation.qemu import NEWER, is_here, version_for
from cibuildwheel.oci.engine.process import ask
from cibuildwheel.oci.errors import ContainerExitedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cibuildwheel.oci.plan.settled import Settled
    from cibuildwheel.oci.wanted.platform import Platform

ROOT = "0"
TAIL_LINES = "100"
ASK = f'printf \'%s\\0\' "${{EUID-$(id -u)}}" "${{{VARIABLE}-}}"'
# What an emulator says of a CPU that it does not have, or of a property of one.
NO_SUCH_CPU = re.compile(r"can't apply global \S+: .*|unable to find CPU model .*")


class Container(Protocol):
    """As much of a running container as is asked when a command in it has failed."""

    settled: Settled | None

    @property
    def name(self) -> str | None:
        """What its engine knows it by."""

    def ask_shell(self, question: str) -> list[str]:
        """What its shell prints, split at zero bytes."""


@dataclass(frozen=True)
class Failure:
    """A command that failed: what it returned, and what the container printed lately.

    `user` is the number of who ran it, and `cpu` the `QEMU_CPU` that cibuildwheel set for it.
    `emulator` is None where the platform is not emulated.
    """

    platform: Platform
    returncode: int
    said: str = ""
    user: str = ROOT
    cpu: str = ""
    emulator: Emulator | None = None


def explain(container: Container, error: BaseException | None) -> None:
    """Warn of what may be behind `error`, with a fix, if it is of a command in `container`.

    Never raises for what can't be found out.
    """
    settled = container.settled
    if settled is None:
        return
    failure = None
    with suppress(FatalError, CalledProcessError, ValueError):
        if isinstance(error, CalledProcessError):
            failure = _failed(container, settled, error.returncode)
        elif isinstance(error, ContainerExitedError):
            failure = _exited(settled, str(error))
    for reason in reasons(failure) if failure else ():
        log.warning(reason)


def reasons(failure: Failure) -> Iterator[str]:
    """What may be behind `failure`, and what helps, a line for each."""
    if failure.emulator and (how := crash(failure.returncode, failure.said)):
        native = known_native([failure.platform], detect_ci_provider())
        yield (
            f"{failure.platform} is emulated here by {failure.emulator}, and {how}. That is often "
            f"the emulator's fault: build on a native machine{native}, or with another QEMU "
            f"({NEWER})."
        )
    if failure.cpu and (found := NO_SUCH_CPU.search(failure.said)):
        yield (
            f"An emulator of another platform than {failure.platform} did not take "
            f"{VARIABLE}={failure.cpu}, which cibuildwheel sets ({found[0].strip()}). Start its "
            f"programs by `env -u {VARIABLE}`, or have none set at all: with {VARIABLE}=max in the "
            "environment of cibuildwheel itself."
        )
    if failure.user != ROOT and "ermission denied" in failure.said:
        yield (
            f"Commands in this container are run by user {failure.user}, not by root, and one was "
            "not permitted. If the image sets USER, have root run them: "
            'container-engine = {name = "docker", create-args = ["--user=0"]}.'
        )


def _failed(container: Container, settled: Settled, returncode: int) -> Failure:
    user, cpu = container.ask_shell(ASK)
    said = ask(*settled.engine.address.command, "logs", "--tail", TAIL_LINES, str(container.name))
    return Failure(
        settled.decision.want.platform,
        returncode,
        said.stdout + said.stderr,
        user,
        cpu if cpu == settled.cpu else "",
        ask_emulator(container) if settled.emulated else None,
    )


def _exited(settled: Settled, words: str) -> Failure | None:
    """The end of a shell, as `words` tell it. It can't be asked any more."""
    platform = settled.decision.want.platform
    codes = [code for code in CODES if f"it returned {code}" in words]
    if not codes:
        return None
    version = version_for(platform) if is_here(settled.engine) else ()
    emulator = Emulator(".".join(map(str, version))) if settled.emulated else None
    return Failure(platform, codes[0], emulator=emulator)
