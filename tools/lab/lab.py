"""A set of engines with one storage of images, and what is left of sets that were killed."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.cache import cache_root, locked
from tools.lab.errors import LabError
from tools.lab.generation import Generation
from tools.lab.prerequisites import missing
from tools.lab.process import Process, adopt_orphans, spawn
from tools.lab.registry import Registry, free_address
from tools.lab.sandbox import Sandbox
from tools.lab.specs import ALL_SPECS

_REPOSITORY = Path(__file__).parents[2]


class Lab:
    """Engines of the lab, the storage of images they share, and a registry to fill it.

    registry: the host's own; what is pushed to it, every engine finds at its own address
    """

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        """Make a lab that isn't open, or one that an earlier process opened in `folder`.

        Unless `lasting`, all of it ends with the thread that opens it.
        """
        self._folder = folder
        self._lasting = lasting
        self._engines: dict[str, Generation] = {}
        state = _registry_state(folder)
        address = state["address"] if state else free_address()
        self.registry = Registry(folder, "registry", address, self._storage, self._spawn)

    @property
    def _storage(self) -> Path:
        return self._folder / "images"

    def _spawn(self, log: str, *command: str) -> Process:
        leash = [] if self._lasting else ["setpriv", "--pdeathsig=KILL"]
        return spawn([*leash, *command], os.environ, self._folder / "log" / log)

    def open(self) -> None:
        """Start the host's registry, unless the lab is open; raises LabError when it can't."""
        if why := missing():
            raise LabError(why)
        if _registry_process(self._folder):
            return
        (self._folder / "log").mkdir(parents=True, exist_ok=True)
        process = self.registry.start()
        state = {"address": self.registry.address, "process": vars(process)}
        (self._folder / "registry.json").write_text(json.dumps(state))

    def close(self) -> None:
        """Take all of it down and remove what it has on disk."""
        _remove(self._folder)
        self._engines.clear()

    def engine(self, name: str) -> Generation:
        """Return the engine `name` of this open lab, brought up now unless it is up.

        Raises LabError when there is none of that name or it doesn't come up.
        """
        if name not in self._engines:
            engine = self._generation(name)
            if engine.sandbox.alive():
                engine.attach()
            else:
                engine.stop()
                engine.start(_shared(), lasting=self._lasting)
            self._engines[name] = engine
        return self._engines[name]

    def is_up(self, name: str) -> bool:
        """Return whether the engine `name` is up; raises LabError when there is none."""
        return self._generation(name).sandbox.alive()

    def stop(self, name: str) -> None:
        """Take one engine down, if it is up; raises LabError when there is none of that name."""
        self._generation(name).stop()
        self._engines.pop(name, None)

    def _generation(self, name: str) -> Generation:
        if name not in ALL_SPECS:
            message = f"no engine {name!r} in the lab: there are {', '.join(ALL_SPECS)}"
            raise LabError(message)
        engine = Generation(ALL_SPECS[name], self._folder / "engines" / name, self._storage)
        engine.push_address = self.registry.address
        return engine


@contextlib.contextmanager
def temporary_lab() -> Iterator[Lab]:
    """Give an open lab of this process's own, and take it down at the end.

    Its engines end with the calling thread however that ends; what it leaves on disk then is
    removed by the next lab. Raises LabError when this machine can't have one.
    """
    sweep()
    adopt_orphans()
    owner = Process.of(os.getpid())
    folder = Path(tempfile.mkdtemp(prefix=f"{owner.pid}-", dir=_runs()))
    # Rootless podman passes through it.
    folder.chmod(0o755)
    # Whole from the start: others read it to see whether the lab is still owned.
    (folder / "owner.new").write_text(json.dumps(vars(owner)))
    (folder / "owner.new").rename(folder / "owner.json")
    lab = Lab(folder, lasting=False)
    try:
        lab.open()
        yield lab
    finally:
        lab.close()


def lasting_lab() -> Lab:
    """Return the one lab that stays up when the process ends that opened it, open or not."""
    sweep()
    return Lab(_runs() / "lasting", lasting=True)


@contextlib.contextmanager
def changing_lasting_lab() -> Iterator[Lab]:
    """Give the lasting lab, to bring engines up and take them down, to one process at a time."""
    lab = lasting_lab()
    with locked(_runs() / "lasting.lock"):
        yield lab


def sweep() -> None:
    """Remove what is left of labs whose process is gone."""
    _runs().mkdir(parents=True, exist_ok=True)
    with locked(_runs() / "sweep.lock"):
        for file in _runs().glob("*/owner.json"):
            if not Process(**json.loads(file.read_text())).alive():
                _remove(file.parent)


def _remove(folder: Path) -> None:
    if process := _registry_process(folder):
        process.end()
    for engine in (folder / "engines").glob("*/"):
        Sandbox(engine).stop()
    if folder.exists():
        shutil.rmtree(folder)


def _registry_state(folder: Path) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads((folder / "registry.json").read_text())
    except FileNotFoundError:
        return None
    return state


def _registry_process(folder: Path) -> Process | None:
    state = _registry_state(folder)
    process = Process(**state["process"]) if state else None
    return process if process and process.alive() else None


def _shared() -> list[Path]:
    return [Path("/tmp"), Path(tempfile.gettempdir()), _REPOSITORY, cache_root()]


def _runs() -> Path:
    return cache_root() / "lab" / "run"
