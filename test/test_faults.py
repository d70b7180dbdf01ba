"""What goes wrong at the start of a container, done to real engines: one clear error, nothing left.

Whole runs of cibuildwheel, as a user or a CI service meets them. `--junitxml` keeps what came of
each, for tools/faults_page.py.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.plan.settle import obtain, settle
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.layer import file, layer
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import busybox, entrypoint_that_ends, tiny, without_a_shell
from tools.lab.generation import FAULTY_ADDRESS, Generation
from tools.lab.handlers import no_handler
from tools.lab.lab import temporary_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tools.images.document import Content
    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines(
        "docker20", "docker28-containerd", "podman4", "podman5.4", "podman5.8-rootless"
    ),
    pytest.mark.spread(2),
]
SOON = 20.0
"""Seconds within which each fault ends a run, on a busy machine."""
NOTICED = 3.0
"""Seconds within which a process that was ended is gone, there."""

AMD64 = "linux/amd64"
PULLING = ("Pulling fs layer", "Copying blob")
BUSY = "Setting up build environment"
# What runs in the background of a shell ignores some.
DEFAULT_SIGNALS = ("env", "--default-signal=INT,TERM")
SLEEPER = b"#!/bin/sh\nexec sleep 600\n"


@dataclass
class Run:
    """A run of cibuildwheel on `engine`, in a session of its own, that builds in `image`."""

    engine: Engine
    image: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    architecture: str = "x86_64"
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0
    code: int = 0

    def __post_init__(self) -> None:
        for name in ("project", "tmp", "cache"):
            (self.folder / name).mkdir()
        (self.folder / "project/pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"')
        environment = {
            **self.engine.env,
            "TMPDIR": str(self.folder / "tmp"),
            "CIBW_CACHE_PATH": str(self.folder / "cache"),
            "CIBW_BUILD": "cp313-manylinux_*",
            f"CIBW_MANYLINUX_{self.architecture.upper()}_IMAGE": self.image,
            "CIBW_CONTAINER_ENGINE": f"{self.engine.kind}; disable_host_mount: true",
            **self.environment,
        }
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *DEFAULT_SIGNALS,
                    sys.executable,
                    "-m",
                    "cibuildwheel",
                    "--platform=linux",
                    f"--archs={self.architecture}",
                ],
                cwd=self.folder / "project",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` holds, while it runs; seconds count from then."""
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)
        self.began = time.monotonic()

    def ended(self) -> int:
        """Its return code. Nothing of it may run any more, or be left on disk."""
        self.code = self.process.wait(60)
        self.seconds = time.monotonic() - self.began
        assert self.seconds < SOON, self.log
        assert "Traceback" not in self.log
        # Podman leaves what it had of a pull that a signal ends, with or without cibuildwheel.
        left = [path.name for path in (self.folder / "tmp").iterdir()]
        assert [
            name for name in left if not re.fullmatch(r"(container_images_)?storage\d+", name)
        ] == []
        assert _left(self.process.pid) == []
        return self.code

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _left(session: int) -> list[str]:
    """What still runs of `session`, once what was ended with it has had its turn to notice."""
    deadline = time.monotonic() + NOTICED
    while _running(session) and time.monotonic() < deadline:
        time.sleep(0.1)
    return _running(session)


def _running(session: int) -> list[str]:
    command = ["ps", "-o", "stat=", "-o", "args=", "--sid", str(session)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line for line in ran.stdout.splitlines() if not line.startswith("Z")]


@pytest.fixture
def start(
    engine: Engine, tmp_path: Path, record: Callable[[Run], None]
) -> Iterator[Callable[..., Run]]:
    """Start a run that builds in an image; nothing of it may be left in the engine."""
    runs: list[Run] = []

    def _start(image: str, architecture: str = "x86_64", **environment: str) -> Run:
        folder = tmp_path / str(len(runs))
        folder.mkdir()
        runs.append(Run(engine, image, folder, environment, architecture))
        return runs[-1]

    yield _start
    for run in runs:
        run.kill()
    assert engine.run("ps", "--all", "--quiet") == ""
    assert engine.run("images", "--quiet", "localhost/cibuildwheel-probe") == ""
    for run in runs:
        record(run)


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Callable[[Run], None]:
    """Keep what came of a run, for `--junitxml`."""

    def _record(run: Run) -> None:
        said = run.log.rpartition("cibuildwheel: error: ")[2] if run.code > 0 else run.log
        lines = [line.strip() for line in said.strip().splitlines()]
        record_property("code", run.code)
        record_property("seconds", f"{run.seconds:.1f}")
        record_property("message", "\n".join(lines if run.code > 0 else lines[-1:]))

    return _record


@pytest.fixture
def no_s390x() -> Iterator[None]:
    """Let this machine have no emulator for s390x."""
    try:
        with no_handler("qemu-s390x"):
            yield
    except OSError as error:
        pytest.skip(f"the handlers of this machine can't be changed: {error}")


def publish(engine: Engine, contents: Callable[[str], Content], platform: str = AMD64) -> str:
    push(SHAPES["docker-manifest"].make(platform, contents), f"{engine.push_address}/faults:1")
    return f"{engine.registry.address}/faults:1"


def busy(platform: str) -> Content:
    """An image whose interpreters never come back."""
    of = tiny(platform)
    names = ("opt/python/cp39-cp39/bin/python", "opt/python/cp313-cp313/bin/python")
    return replace(of, layers=(*of.layers, layer([file(name, SLEEPER, 0o755) for name in names])))


def interpreter_of_another_architecture(platform: str) -> Content:
    of = tiny(platform)
    program = busybox("linux/arm64").read_bytes()
    other = layer([file("opt/python/cp313-cp313/bin/python", program, 0o755)])
    return replace(of, layers=(*of.layers, other))


def sleeping(engine: Engine, run: Run) -> Callable[[], bool]:
    """Whether the container of `run` is in the middle of a command."""
    return lambda: BUSY in run.log and "sleep" in engine.run("top", engine.run("ps", "--quiet"))


def test_image_without_a_shell(engine: Engine, start: Callable[..., Run]) -> None:
    run = start(publish(engine, without_a_shell))
    assert run.ended() == 20
    assert "The image has no usable /bin/bash." in run.log


def test_entrypoint_that_ends(engine: Engine, start: Callable[..., Run]) -> None:
    run = start(publish(engine, entrypoint_that_ends))
    assert run.ended() == 20
    assert "the entrypoint ends\n(it returned 3)" in run.log


def test_label_that_lies(engine: Engine, start: Callable[..., Run]) -> None:
    run = start(publish(engine, lambda _: tiny("linux/arm64")))
    assert run.ended() == 34
    assert "/bin/sh is for aarch64, and should be for x86_64." in run.log


def test_label_that_lies_of_what_can_not_be_run(
    engine: Engine, start: Callable[..., Run], no_s390x: None
) -> None:
    run = start(publish(engine, lambda _: tiny("linux/s390x")))
    assert run.ended() == 20
    assert "exec format error" in run.log.lower()
    assert "If they are not of the platform that the image is labelled with" in run.log


def test_interpreter_of_another_architecture(engine: Engine, start: Callable[..., Run]) -> None:
    run = start(publish(engine, interpreter_of_another_architecture))
    assert run.ended() == 34
    assert "/cp313-cp313/bin/python is for aarch64, and should be for x86_64." in run.log


@pytest.mark.alone
def test_no_handler(engine: Engine, start: Callable[..., Run], no_s390x: None) -> None:
    run = start(publish(engine, tiny, "linux/s390x"), architecture="s390x")
    assert run.ended() == 33
    assert "can't run linux/s390x, needed for cp313-manylinux_s390x" in run.log


def test_container_killed(engine: Engine, start: Callable[..., Run]) -> None:
    run = start(publish(engine, busy))
    run.until(sleeping(engine, run))
    engine.run("kill", engine.run("ps", "--quiet"))
    assert run.ended() == 20
    assert "it returned 137" in run.log


def test_client_killed(engine: Engine, start: Callable[..., Run]) -> None:
    run = start(publish(engine, busy))
    run.until(sleeping(engine, run))
    clients = subprocess.run(
        ["pgrep", "--session", str(run.process.pid), "--full", "start --attach"],
        capture_output=True,
        text=True,
        check=True,
    )
    for pid in clients.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    assert run.ended() == 20
    assert "is not connected to it any more" in run.log


def test_image_removed_before_the_container_is_created_is_pulled_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    (settled,) = settle([Want(engine.kind, publish(engine, busy), parse_platform(AMD64))])
    stored = obtain(settled)
    for image in set(engine.run("images", "--all", "--quiet").split()):
        engine.run("rmi", "--force", image)
    config = OCIContainerEngineConfig(engine.kind, disable_host_mount=True)
    with OCIContainer(
        image="x", oci_platform=OCIPlatform(AMD64), engine=config, settled=stored
    ) as container:
        container.call(["true"])
    assert engine.run("ps", "--all", "--quiet") == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["settling", "pulling", "building"])
def test_interrupted(
    engine: Engine, start: Callable[..., Run], moment: str, number: signal.Signals
) -> None:
    if not isinstance(engine, Generation):
        pytest.skip(f"{engine.name} has no faulty registry")
    image = {
        "settling": f"{FAULTY_ADDRESS}/hang:1",
        "pulling": f"{FAULTY_ADDRESS}/trickle:1",
        "building": publish(engine, busy),
    }[moment]
    run = start(image)
    match moment:
        case "settling":
            run.until(lambda: "Cache folder" in run.log)
            time.sleep(1)
        case "pulling":
            run.until(lambda: any(sign in run.log for sign in PULLING))
            time.sleep(1)
        case "building":
            run.until(sleeping(engine, run))
    run.began = time.monotonic()
    os.killpg(run.process.pid, number)
    assert run.ended() == -number
    assert run.log.endswith(f"\ncibuildwheel was ended by {number.name}\n")


@pytest.mark.parametrize("tenths", range(2, 22, 4))
def test_terminated_at_any_moment(engine: Engine, start: Callable[..., Run], tenths: int) -> None:
    run = start(publish(engine, busy))
    time.sleep(tenths / 10)
    run.began = time.monotonic()
    run.process.send_signal(signal.SIGTERM)
    assert run.ended() == -signal.SIGTERM


def test_engine_killed(engine: Engine, tmp_path: Path, record: Callable[[Run], None]) -> None:
    if engine.kind == "podman":
        pytest.skip("podman has no daemon")
    with temporary_lab() as own:
        generation = own.engine(engine.name)
        run = Run(generation, publish(generation, busy), tmp_path)
        try:
            run.until(sleeping(generation, run))
            generation.sandbox.run("pkill", "-KILL", "dockerd")
            assert run.ended() == 20
            assert "Docker daemon" in run.log
            record(run)
        finally:
            run.kill()


def with_a_big_file(platform: str) -> Content:
    of = tiny(platform)
    big = layer([file("big", random.Random(0).randbytes(16_000_000))])
    return replace(of, layers=(*of.layers, big))


@pytest.fixture
def full_disk(engine: Engine, tmp_path: Path) -> Iterator[Path]:
    """Let `engine` have 4 MB for what it pulls; gives where podman is to put that."""
    if not isinstance(engine, Generation):
        pytest.skip(f"{engine.name} has a disk that others use, too")
    podman = tmp_path / "podman"
    podman.mkdir()
    data = engine.sandbox.folder / "data" / "docker"
    place = {
        "podman": podman,
        "classic": data / "tmp",
        "containerd": data / "containerd/daemon/io.containerd.content.v1.content",
    }[engine.store]
    options = ("--mkdir", "--types=tmpfs", "--options=size=4m,mode=1777")
    engine.sandbox.run("mount", *options, "tmpfs", str(place))
    if engine.store == "containerd":
        engine.sandbox.run("mkdir", "--parents", f"{place}/ingest", f"{place}/blobs/sha256")
    if engine.spec.rootless:
        # Or it stays in namespaces that are older than the mount.
        engine.run("system", "migrate")
    yield podman
    engine.sandbox.run("umount", "--lazy", str(place))


def test_disk_full(engine: Engine, start: Callable[..., Run], full_disk: Path) -> None:
    run = start(publish(engine, with_a_big_file), TMPDIR=str(full_disk))
    assert run.ended() == 31
    assert "The disk of the engine is full" in run.log
