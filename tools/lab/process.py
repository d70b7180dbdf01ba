"""A process that is known again for certain, though process ids are used again."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.lab.errors import LabError


@dataclass(frozen=True)
class Process:
    """A process, by its id and its start in clock ticks since the boot (proc(5), field 22)."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Return the process that has this id now, ended but not collected perhaps.

        Raises ProcessLookupError when none has.
        """
        return cls(pid, _stat(pid)[1])

    def alive(self) -> bool:
        """Return whether this very process still runs."""
        try:
            state, started = _stat(self.pid)
        except ProcessLookupError:
            return False
        return started == self.started and state not in "ZX"

    def end(self, *, patience: float = 10) -> None:
        """Ask the process to end, make it after `patience` seconds, and wait until it is gone.

        Raises LabError when even that doesn't end it.
        """
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.alive():
                os.kill(self.pid, number)
            if self._gone_within(patience):
                return
        message = f"process {self.pid} doesn't end, not even killed"
        raise LabError(message)

    def kill(self) -> None:
        """Kill the process and wait until it is gone; raises LabError when it stays."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
        if not self._gone_within(10):
            message = f"process {self.pid} doesn't end, not even killed"
            raise LabError(message)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
            _reap()
        _reap()
        return True


_PR_SET_CHILD_SUBREAPER = 36
_children: set[int] = set()
_libc = ctypes.CDLL(None)


def spawn(command: list[str], environment: Mapping[str, str], log: Path) -> Process:
    """Start a process that may outlive this one: a session of its own, no input, output to `log`.

    Raises LabError when the command isn't there.
    """
    _reap()
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    try:
        pid = os.posix_spawnp(command[0], command, environment, file_actions=actions, setsid=True)
    except FileNotFoundError:
        message = f"{command[0]} is not installed: see `python -m tools.lab prerequisites`"
        raise LabError(message) from None
    _children.add(pid)
    return Process.of(pid)


def adopt_orphans() -> None:
    """Become the parent of what a killed child leaves, instead of the machine's init.

    A process namespace ends only when all in it has been collected (pid_namespaces(7)), and the
    init of a CI container may never do that.
    """
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _reap() -> None:
    """Collect the exit status of what was spawned or adopted and has ended."""
    for pid in [*_children, *_orphans()]:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                continue
        _children.discard(pid)


def _orphans() -> list[int]:
    """Return the children from another process namespace, which nothing here has started."""
    here = Path("/proc/self/ns/pid").readlink()
    found = []
    for listing in Path("/proc/self/task").glob("*/children"):
        for pid in listing.read_text().split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/ns/pid").readlink() != here:
                    found.append(int(pid))
    return found


def _stat(pid: int) -> tuple[str, int]:
    """Return the state and the start of a process; raises ProcessLookupError."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        raise ProcessLookupError(pid) from None
    # The second field, the command, may hold blanks and parentheses.
    state, *fields = stat.rpartition(")")[2].split()
    return state, int(fields[18])
