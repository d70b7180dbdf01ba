"""One control group for all that an engine starts, in every hierarchy the host has."""

import contextlib
import time
from pathlib import Path

from tools.lab.errors import LabError

_ROOT = Path("/sys/fs/cgroup")


def create(name: str) -> list[Path]:
    """Make the group `name` at the top of each hierarchy and return its folders.

    That is one folder on a host with cgroup v2, one for each controller with v1.
    """
    groups = [hierarchy / name for hierarchy in _hierarchies()]
    for group in groups:
        group.mkdir(exist_ok=True)
        # A new cpuset of v1 takes no process before it has processors and memory nodes.
        for file in ("cpuset.cpus", "cpuset.mems"):
            if group.parent != _ROOT and (group / file).exists():
                (group / file).write_text((group.parent / file).read_text())
    return groups


def delegate(groups: list[Path]) -> list[Path]:
    """Let groups below these have controllers, and return the folders where processes may be.

    With cgroup v2 a group that hands on controllers may hold no process (cgroups(7), "no internal
    processes"): those in it move to a group below, `init`.
    """
    return [_delegate_v2(group) if group.parent == _ROOT else group for group in groups]


def _delegate_v2(group: Path) -> Path:
    init = group / "init"
    init.mkdir(exist_ok=True)
    for pid in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (init / "cgroup.procs").write_text(pid)
    controllers = (group / "cgroup.controllers").read_text().split()
    (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
    return init


def remove(groups: list[Path]) -> None:
    """Remove the groups and all below them; raises LabError while a process is left in one."""
    for group in groups:
        below = sorted(group.glob("**/"), reverse=True) if group.exists() else []
        for folder in below:
            _remove_one(folder)


def _remove_one(folder: Path) -> None:
    # The kernel lets go of a group a moment after its last process has ended.
    deadline = time.monotonic() + 5
    while True:
        try:
            return folder.rmdir()
        except FileNotFoundError:
            return None
        except OSError as error:
            if time.monotonic() > deadline:
                message = f"control group {folder} can't be removed: {error.strerror}"
                raise LabError(message) from None
        time.sleep(0.02)


def _hierarchies() -> list[Path]:
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    return [path for path in sorted(_ROOT.iterdir()) if (path / "cgroup.procs").exists()]
