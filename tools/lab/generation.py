"""An engine of the lab: one of Debian's generations in namespaces of its own."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tools.lab import docker, podman
from tools.lab.engine import Engine, clean_environment
from tools.lab.errors import LabError
from tools.lab.path import path_without_engines
from tools.lab.process import Process
from tools.lab.registry import Registry
from tools.lab.roots import USER_ID, root
from tools.lab.sandbox import Sandbox
from tools.lab.specs import Spec
from tools.lab.ssh import Sshd
from tools.lab.uplink import uplink

ADDRESS = "127.0.0.1:5000"
"""Where an engine of the lab finds its registry, in its own network namespace."""

LOCKED_ADDRESS = "127.0.0.1:5001"
"""Where it finds the same images for those who log in."""

FAULTY_ADDRESS = "127.0.0.1:5002"
"""Where it finds the registry of tools/lab/faults.py."""

_HERE = Path(__file__).parent
# Docker's daemon takes loopback for insecure without being told.
_REGISTRIES = "".join(
    f'[[registry]]\nlocation = "{address}"\ninsecure = true\n'
    for address in (ADDRESS, LOCKED_ADDRESS, FAULTY_ADDRESS)
)
_AWAIT_PORT = """
for _ in $(seq 100); do ss -Hltn "sport = :$1" | grep -q . && exit; sleep 0.1; done; exit 1
"""
_BIN, _NEAR = "bin", "near"
"""Where its command is for a process anywhere, and podman for one in its process namespace."""

_RESET = {"docker": docker.RESET, "podman": podman.RESET}


class Generation(Engine):
    """One of Debian's generations of an engine, in namespaces of its own.

    folder: where it keeps all it has; storage: the images of its registry. Nothing runs before
    `start`, or it runs already because another process has started it.
    """

    def __init__(self, spec: Spec, folder: Path, storage: Path) -> None:
        """Make one that isn't up, or one that an earlier process started in `folder`."""
        self.spec = spec
        self.name, self.kind, self.store = spec.name, spec.kind, spec.store
        self.sandbox = Sandbox(folder)
        self.registry = Registry(folder, "registry", ADDRESS, storage, self._spawn)
        self.locked_registry = Registry(
            folder, "locked-registry", LOCKED_ADDRESS, storage, self._spawn, auth=True
        )
        self.env = clean_environment()
        # Podman 5 would warn at each call on a host with version 1 of control groups.
        self.env["PODMAN_IGNORE_CGROUPSV1_WARNING"] = "1"

    def start(self, shared: Sequence[Path], *, lasting: bool) -> None:
        """Bring the engine and its registry up; `shared` are the host's paths it can see.

        Unless `lasting`, it ends with the thread that calls this, however that ends.
        Raises LabError when it doesn't come up, or is not of the claimed version and store.
        """
        try:
            user = USER_ID if self.spec.rootless else 0
            self.sandbox.start(root(self.spec.suite), shared, user=user, lasting=lasting)
            self.registry.start()
            self.locked_registry.start()
            faulty = (*FAULTY_ADDRESS.split(":"), ADDRESS)
            self._spawn("faults", sys.executable, "-I", str(_HERE / "faults.py"), *faulty)
            self.sandbox.write("/etc/containers/registries.conf.d/lab.conf", _REGISTRIES)
            if self.kind == "docker":
                docker.start(self.sandbox, containerd=self.store == "containerd")
            else:
                podman.configure(self.sandbox, rootless=self.spec.rootless)
                become_user = podman.BECOME_USER if self.spec.rootless else []
                self.sandbox.wrapper(_NEAR, self.sandbox.client(*become_user, self.kind))
            self.sandbox.wrapper(_BIN, self.client(self.kind))
            self.sandbox.wrapper("skopeo", self.client("skopeo"))
            self.version = self._checked()
        except BaseException:
            self.stop()
            raise

    def attach(self) -> None:
        """Use the engine as another process has started it; raises LabError as `start` does."""
        self.version = self._checked()

    def stop(self) -> None:
        """End the engine and all that runs in it, and remove what it stored."""
        self.sandbox.stop()

    def reset(self) -> None:
        """Remove every container and image; raises LabError if one stays."""
        left = self._inside("sh", "-c", _RESET[self.kind])
        if left:
            message = f"{self.name} can't be emptied of {' '.join(left.split())}"
            raise LabError(message)
        self.registry.forget()

    def uplink(self) -> AbstractContextManager[None]:
        """Let the engine and its containers reach what the host reaches; raises LabError."""
        return uplink(self.sandbox)

    @contextmanager
    def remote(self) -> Iterator[dict[str, str]]:
        """Give an environment like `env` that names the engine by its address, as a remote one."""
        if self.kind == "docker":
            yield {**self.env, "DOCKER_HOST": f"unix://{docker.socket_path(self.sandbox)}"}
        else:
            with podman.service(self.sandbox, rootless=self.spec.rootless) as socket:
                yield {**self.env, "CONTAINER_HOST": f"unix://{socket}"}

    @contextmanager
    def over_ssh(self, delay: float, rate: float = 0) -> Iterator[tuple[Sshd, dict[str, str]]]:
        """Give a real sshd and an environment like `env` that names the engine, root's, by it.

        What a client says first takes `delay` seconds to get there, and no more than `rate` bytes a
        second do, if that is given. Raises LabError.
        """
        path = f"{self.sandbox.folder / _BIN}:{os.environ['PATH']}"
        sshd = Sshd(self.sandbox, path, delay, rate)
        address = f"ssh://{sshd.address}"
        try:
            sshd.start()
            if self.kind == "docker":
                yield sshd, {**self.env, "DOCKER_HOST": address}
                return
            with podman.service(self.sandbox, rootless=False) as socket:
                found = {"CONTAINER_HOST": f"{address}{socket}", "CONTAINER_SSHKEY": str(sshd.key)}
                yield sshd, {**self.env, **found, "HOME": str(sshd.home)}
        finally:
            sshd.stop()

    @contextmanager
    def forward(self, port: int, target: str, *options: str) -> Iterator[None]:
        """Have `port` of its loopback lead to `target`, as tools/lab/forward.py does.

        Raises LabError when nothing listens there in the end.
        """
        command = (sys.executable, "-I", str(_HERE / "forward.py"), str(port), target, *options)
        process = self._spawn(f"forward-{port}", *command)
        try:
            self.sandbox.run("sh", "-c", _AWAIT_PORT, "sh", str(port))
            yield
        finally:
            process.end()

    @contextmanager
    def mounted(self, count: int) -> Iterator[None]:
        """Have `count` more mounts on the engine's machine; raises LabError."""
        each = f"for n in $(seq {count}); do"
        make = "mkdir -p /mounted/$n; mount -t tmpfs mounted /mounted/$n"
        self.sandbox.run("sh", "-ec", f"{each} {make}; done")
        try:
            yield
        finally:
            self.sandbox.run("sh", "-c", f"{each} umount -l /mounted/$n; done; rm -rf /mounted")

    def client(self, *command: str) -> list[str]:
        """Return what runs `command`, a program of the suite's, as the engine's user would."""
        if self.kind == "docker":
            return self.sandbox.client(*command)
        return self.sandbox.command(*self._user, *command)

    def frequent(self, *command: str) -> tuple[list[str], dict[str, str]]:
        """Return what runs `command` so that calls of the engine cost little, and its environment.

        What podman starts has to be in the sandbox's process namespace, so `command` is, too.
        """
        if self.kind == "docker":
            return super().frequent(*command)
        inside = self.sandbox.command(*command, namespaces="cgroup,pid")
        return inside, {**self.env, "PATH": self._path(_NEAR)}

    def env_with_skopeo(self) -> dict[str, str]:
        """Return an environment like `env` in which the suite's skopeo is on PATH, too."""
        skopeo = self.sandbox.folder / "skopeo"
        return {**self.env, "PATH": f"{self.env['PATH']}{os.pathsep}{skopeo}"}

    @property
    def has_buildx(self) -> bool:
        """Whether this generation's Docker comes with the buildx plugin in Debian."""
        return self.kind == "docker" and self.spec.suite != "bookworm"

    def _inside(self, *command: str) -> str:
        return self.sandbox.run(*self._user, *command)

    @property
    def _user(self) -> list[str]:
        return podman.AS_USER if self.spec.rootless else []

    def _checked(self) -> str:
        self.env["PATH"] = self._path(_BIN)
        version, store = self.ask_version(), self.ask_store()
        if not version.startswith(self.spec.release) or store != self.store:
            message = (
                f"{self.name} is {self.kind} {version} with the {store} store: Debian "
                f"{self.spec.suite} has moved on, so tools/lab/specs.py has to"
            )
            raise LabError(message)
        return version

    def _path(self, commands: str) -> str:
        others = path_without_engines(os.environ["PATH"], self.sandbox.folder / "path")
        return os.pathsep.join([str(self.sandbox.folder / commands), others])

    def _spawn(self, log: str, *command: str) -> Process:
        # Of the engine's network and end, but the host's own program.
        return self.sandbox.spawn(log, *command, namespaces="cgroup,net,pid")
