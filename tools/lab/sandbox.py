"""Namespaces of an engine's own on a root file system, that end with one process."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.lab import cgroup
from tools.lab.errors import LabError
from tools.lab.process import Process, spawn

ALL = "cgroup,mnt,net,pid,uts"
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sandbox:
    """An engine's namespaces. Its folder holds the state, what it writes to disk, and its logs."""

    folder: Path

    def start(
        self, root: Path, shared: Sequence[Path], *, user: int = 0, lasting: bool = False
    ) -> None:
        """Make the namespaces on `root`, where the `shared` paths are the host's own.

        What is root's in a shared path belongs to `user` in the namespaces.
        Unless `lasting`, they end with the thread that calls this, however it ends.
        Raises LabError, with what went wrong, and then leaves nothing running.
        """
        for name in ("root", "data", "log"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        groups = cgroup.create(self._group_name())
        self._write_state(groups)
        join = "; ".join(f"echo 0 >{shlex.quote(str(group / 'cgroup.procs'))}" for group in groups)
        hold = [_HERE / "hold.sh", root, self.folder, user, sys.executable, *dict.fromkeys(shared)]
        unshare = [
            "unshare", "--cgroup", "--mount", "--net", "--pid", "--uts",
            "--propagation=private", "--kill-child", "sh", *hold,
        ]  # fmt: skip
        leash = [] if lasting else ["setpriv", "--pdeathsig=KILL"]
        command = [*leash, "sh", "-c", f'{join}; exec "$@"', "sh", *map(str, unshare)]
        keeper = spawn(command, os.environ, self.folder / "log" / "sandbox")
        self._write_state(groups, keeper=keeper)
        init = self._await_init(keeper)
        self._write_state(cgroup.delegate(groups), keeper=keeper, init=init)

    def _group_name(self) -> str:
        # Other sandboxes have folders of the same name, elsewhere.
        unique = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return f"cibuildwheel-lab-{self.folder.name}-{unique}"

    def _await_init(self, keeper: Process) -> Process:
        file = self.folder / "init"
        deadline = time.monotonic() + 20
        while not file.exists():
            if not keeper.alive() or time.monotonic() > deadline:
                log = (self.folder / "log" / "sandbox").read_text(errors="replace").strip()
                self.stop()
                message = f"the namespaces of {self.folder.name} could not be made:\n{log}"
                raise LabError(message)
            time.sleep(0.01)
        return Process.of(int(file.read_text()))

    def _write_state(self, groups: Sequence[Path], **processes: Process) -> None:
        state = {
            "cgroups": [str(group) for group in groups],
            **{name: vars(process) for name, process in processes.items()},
        }
        new = self.folder / "state.new"
        new.write_text(json.dumps(state))
        new.rename(self.folder / "state.json")

    def alive(self) -> bool:
        """Return whether the namespaces are there."""
        init = self._processes().get("init")
        return init is not None and init.alive()

    @property
    def init(self) -> Process:
        """The first process of the namespaces; raises LabError when they aren't there."""
        if not self.alive():
            message = f"{self.folder.name} isn't up"
            raise LabError(message)
        return self._processes()["init"]

    def _state(self) -> dict[str, object]:
        try:
            state: dict[str, object] = json.loads((self.folder / "state.json").read_text())
        except FileNotFoundError:
            return {}
        return state

    def _processes(self) -> dict[str, Process]:
        state = self._state()
        found = {name: state.get(name) for name in ("init", "keeper")}
        return {name: Process(**value) for name, value in found.items() if isinstance(value, dict)}

    def _groups(self) -> list[Path]:
        groups = self._state().get("cgroups", [])
        assert isinstance(groups, list)
        return [Path(group) for group in groups]

    def stop(self) -> None:
        """End every process, take the namespaces with them, and remove the folder."""
        processes = self._processes()
        # Killing the keeper ends the first process of the namespaces, and that every other one.
        for name in ("keeper", "init"):
            if name in processes:
                processes[name].kill()
        cgroup.remove([_top(group) for group in self._groups()])
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def command(self, *command: str, namespaces: str = ALL) -> list[str]:
        """Return what runs `command` in the namespaces, as if it had been started here.

        The working directory has to be in a shared path. See tools/lab/enter.py. Raises LabError
        when there are no namespaces.
        """
        init, groups = self.init, self._groups()
        where = (str(init.pid), str(init.started), ":".join(map(str, groups)), namespaces)
        return [sys.executable, "-I", "-S", str(_HERE / "enter.py"), *where, *command]

    def client(self, *command: str) -> list[str]:
        """Return what becomes `command` in the namespaces, but for that of processes.

        It costs a tenth of what `command` does. See tools/lab/become.sh. Raises LabError when there
        are no namespaces.
        """
        init = self.init
        return ["sh", str(_HERE / "become.sh"), str(init.pid), str(init.started), *command]

    def write(self, path: str, text: str, *, user: Sequence[str] = ()) -> None:
        """Write a file, in folders made as needed, of the namespaces' own root file system.

        `user` is the beginning of a command that makes its rest run as another user.
        """
        script = 'mkdir -p "${1%/*}" && cat >"$1"'
        self.run(*user, "sh", "-c", script, "sh", path, text=text)

    def run(self, *command: str, text: str = "") -> str:
        """Run `command` inside with `text` as input and return its output.

        Raises LabError, with what it wrote to its standard error, when it fails.
        """
        done = subprocess.run(
            self.command(*command),
            cwd=self.folder,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{shlex.join(command)} failed in {self.folder.name}:\n{done.stderr.strip()}"
            raise LabError(message)
        return done.stdout

    def wrapper(self, directory: str, command: Sequence[str]) -> None:
        """Put into a `directory` of the folder a script that runs `command`.

        The script has the name of the last word of `command`, and passes on its arguments.
        """
        script = self.folder / directory / command[-1]
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        script.chmod(0o755)

    def spawn(self, log: str, *command: str, namespaces: str = ALL) -> Process:
        """Start a process that outlives this one, writing to a file in the folder's `log`."""
        environment = {"HOME": "/root", "PATH": os.environ["PATH"]}
        chdir = ["env", "--chdir", str(self.folder)]
        inside = self.command(*command, namespaces=namespaces)
        return spawn([*chdir, *inside], environment, self.folder / "log" / log)


def _top(group: Path) -> Path:
    return group.parent if group.name == "init" else group
