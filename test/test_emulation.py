"""What engines can run, tried on real ones with the handlers of this machine's kernel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation import probe
from cibuildwheel.oci.emulation.probe import try_platforms
from cibuildwheel.oci.emulation.probe_image import executable
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine.describe import describe
from cibuildwheel.oci.errors import EmulationError
from cibuildwheel.oci.plan.settle import settle
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from tools.images.ports import PLATFORMS
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import unseen
from tools.lab.generation import Generation
from tools.lab.handlers import handler_without_f, no_handler
from tools.lab.own_handlers import own_handlers
from tools.lab.plugin import use
from tools.lab.qemu import rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.images.document import Image
    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines(
        "docker20", "docker28-containerd", "podman4", "podman5.4", "podman5.8-rootless"
    ),
    pytest.mark.spread(2),
]
QEMU = "qemu-s390x"
S390X = parse_platform("linux/s390x")
NATIVE = {"linux/amd64", "linux/386"}
# Emulators for this machine that do no work, by what is said of them.
BROKEN = {
    "it was ended by SIGILL": "0f0b",  # ud2
    "it returned 3": "b83c000000 bf03000000 0f05",  # mov eax, 60; mov edi, 3; syscall
    "it does not end": "b822000000 0f05 ebf7",  # mov eax, 34; syscall, which is pause; again
    # kill(getpid(), SIGABRT), as QEMU ends when it crashes; then as above
    "it does not end, though": (
        "b827000000 0f05 89c7 be06000000 b83e000000 0f05 b822000000 0f05 ebf7"
    ),
}


@pytest.fixture(autouse=True)
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process use the engine; nothing may be left in it when the test is over."""
    use(engine.env, monkeypatch)
    yield
    assert engine.run("ps", "--all", "--quiet") == ""
    assert engine.run("images", "--all", "--quiet") == ""


def test_every_platform_is_run(engine: Engine) -> None:
    platforms = [parse_platform(p) for p in PLATFORMS]
    trials = try_platforms(describe(Address(engine.kind)), platforms)
    abilities = {str(t.platform): t.ability for t in trials}
    assert abilities == {p: Ability.NATIVE if p in NATIVE else Ability.EMULATED for p in PLATFORMS}


@pytest.mark.alone
def test_no_handler(engine: Engine) -> None:
    with no_handler(QEMU):
        (trial,) = try_platforms(describe(Address(engine.kind)), [S390X])
    assert trial.ability is Ability.NO_HANDLER, trial.said


@pytest.mark.alone
def test_handler_without_f(engine: Engine) -> None:
    with handler_without_f(QEMU):
        (trial,) = try_platforms(describe(Address(engine.kind)), [S390X])
    assert trial.ability is Ability.NOT_FIXED, trial.said


def layers_read(engine: Engine, image: Image) -> list[str]:
    """The layers of `image` that its registry was asked for; configs are read beforehand."""
    layers = {blob.digest for part in image.walk() for blob in part.blobs[1:]}
    asked = (r.path.rpartition("/")[2] for r in engine.registry_log() if r.method == "GET")
    return [digest for digest in asked if digest in layers]


@pytest.mark.alone
def test_refused_before_anything_is_pulled(engine: Engine) -> None:
    made = SHAPES["oci-index-all"].make("linux/s390x", unseen)
    push(made, f"{engine.push_address}/emulation:1")
    image = f"{engine.registry.address}/emulation:1"
    want = Want(engine.kind, image, S390X, ("cp313-manylinux_s390x",))
    engine.registry.forget()
    begin = time.monotonic()
    with no_handler(QEMU), pytest.raises(EmulationError) as refused:
        settle([want])
    assert time.monotonic() - begin < 20
    said = str(refused.value)
    assert f"{engine.kind} (linux/amd64) can't run linux/s390x" in said
    assert "cp313-manylinux_s390x" in said
    assert "--install s390x" in said
    assert layers_read(engine, made) == []


@pytest.fixture
def rootless(engine: Engine) -> Generation:
    """The engine, which can have handlers of its own."""
    if not isinstance(engine, Generation) or not engine.spec.rootless:
        pytest.skip(f"{engine.name} has the handlers of the machine")
    return engine


@pytest.mark.default_engines("podman5.8-rootless")
@pytest.mark.parametrize("said", BROKEN)
def test_emulator_that_does_not_work(
    rootless: Generation, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "RUN_SECONDS", 10.0)
    monkeypatch.setattr(probe, "END_SECONDS", 2.0)
    emulator = tmp_path / "emulator"
    emulator.write_bytes(executable("x86_64", bytes.fromhex(BROKEN[said])))
    emulator.chmod(0o755)
    image = f"{rootless.registry.address}/emulation:1"
    made = SHAPES["oci-index-all"].make("linux/s390x", unseen)
    push(made, f"{rootless.push_address}/emulation:1")
    want = Want(rootless.kind, image, S390X, ("cp313-manylinux_s390x",))
    rootless.registry.forget()
    with (
        own_handlers(rootless, [rule("s390x", emulator)]),
        pytest.raises(EmulationError) as refused,
    ):
        settle([want])
    assert f"emulator does not work ({said.partition(',')[0]}, running" in str(refused.value)
    assert "--uninstall qemu-s390x" in str(refused.value)
    assert layers_read(rootless, made) == []


@pytest.mark.default_engines("podman5.8-rootless")
def test_kernel_without_32_bit_support(rootless: Generation, tmp_path: Path) -> None:
    """An emulator that is no program is refused by the kernel as what it was to run would be."""
    no_program = tmp_path / "emulator"
    no_program.write_text("nothing")
    no_program.chmod(0o755)
    i386 = parse_platform("linux/386")
    with (
        own_handlers(rootless, [rule("i686", no_program)]),
        pytest.raises(EmulationError) as refused,
    ):
        settle([Want(rootless.kind, f"{rootless.registry.address}/none:1", i386)])
    assert "exec format error" in str(refused.value).lower()
    assert "The kernel of this amd64 machine has no 32-bit support" in str(refused.value)


def test_remote_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    if not isinstance(engine, Generation):
        pytest.skip(f"{engine.name} is not the lab's")
    with engine.remote() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        (trial,) = try_platforms(describe(Address(engine.kind)), [S390X])
    assert trial.ability is Ability.EMULATED, trial.said
