"""Runs a command in an engine's namespaces as if it were started here.

    python -I -S enter.py PID STARTED CGROUPS NAMESPACES COMMAND...

PID is that of the first process in the namespaces, STARTED its start in clock ticks since the boot;
CGROUPS are paths with colons between; NAMESPACES is a list like `cgroup,mnt,net,pid`. Arguments,
environment, working directory, open files, signals and the exit status go through. With the mount
namespace among them, PATH is the root's own and the working directory has to be one shared with
the host.

Stands alone and imports little: it is started for every `podman` of a test.
"""

# To import pathlib would take longer than all else here, and so would json.
# ruff: noqa: PTH109, PTH123

import ctypes
import os
import signal
import sys
from typing import NoReturn

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PR_SET_PDEATHSIG = 1
_SIGNALS = {
    signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2
}  # fmt: skip
_libc = ctypes.CDLL(None, use_errno=True)


def main(pid: str, started: str, cgroups: str, namespaces: str, *command: str) -> NoReturn:
    """Run the command and end as it ended."""
    try:
        handles = _open_namespaces(pid, started, namespaces.split(","))
    except OSError:
        _fail(f"the engine of process {pid} isn't up")
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS | {signal.SIGCHLD})
    # The process namespace is entered by children only (pid_namespaces(7)).
    if "pid" in handles:
        _setns(handles.pop("pid"))
    child = os.fork()
    if child:
        _end_like(_wait(child))
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _enter(handles, cgroups.split(":"))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS | {signal.SIGCHLD})
    # Python ignores it, and a program would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        _fail(f"{command[0]}: {error.strerror}")


def _open_namespaces(pid: str, started: str, names: list[str]) -> dict[str, int]:
    handles = {name: os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in names}
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        if file.read().rpartition(")")[2].split()[19] != started:
            raise ProcessLookupError
    return handles


def _enter(handles: dict[str, int], cgroups: list[str]) -> None:
    folder = os.getcwd()
    if "cgroup" in handles:
        for group in cgroups:
            with open(f"{group}/cgroup.procs", "w", encoding="utf-8") as file:
                file.write("0")
    for handle in handles.values():
        _setns(handle)
    if "mnt" not in handles:
        return
    os.environ["PATH"] = _PATH
    try:
        os.chdir(folder)
    except OSError:
        _fail(f"the working directory {folder} isn't shared with the engine")


def _setns(handle: int) -> None:
    if _libc.setns(handle, 0):
        _fail(f"setns: {os.strerror(ctypes.get_errno())}")
    os.close(handle)


def _wait(child: int) -> int:
    while True:
        info = signal.sigwaitinfo(_SIGNALS | {signal.SIGCHLD})
        if info.si_signo == signal.SIGCHLD:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return status
        # A terminal's signal (positive code) has reached the child too.
        elif info.si_code <= 0:
            os.kill(child, info.si_signo)


def _end_like(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"lab: {message}\n")
    sys.stderr.flush()
    os._exit(125)


if __name__ == "__main__":
    main(*sys.argv[1:])
