"""What the machine runs other architectures by, and content of other ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from cibuildwheel.oci.emulation.probe_image import executable
from tools.images.document import DOCKER
from tools.images.entrypoints import with_bash, with_entrypoint
from tools.images.layer import file, layer
from tools.images.tiny import busybox
from tools.lab.handlers import no_handler
from tools.lab.qemu import rule
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, content, indexed, single

AMD64, ARM64, ARM_V7, S390X = "linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x"
NONE = "https://github.com/pypa/cibuildwheel/issues/2114"
CRASH = "https://github.com/NetHack-LE/nle/issues/46"
DIES = "https://github.com/tonistiigi/binfmt/issues/240"
CPU = "https://github.com/armbian/build/pull/9371"
NOT_ROOT = "https://github.com/CircleCI-Public/cimg-rust/issues/88"
WRONG = "https://github.com/pypa/manylinux/issues/1825"
QEMU = "qemu-s390x"
HANDLERS = Path("/proc/sys/fs/binfmt_misc")
UD2 = bytes.fromhex("0f0b")


def _without(stage: Stage) -> str:
    stage.stack.enter_context(no_handler(QEMU))
    return stage.push(indexed(AMD64, S390X))


@contextmanager
def _handler(emulator: Path) -> Iterator[None]:
    """Have `emulator` run what is for s390x, on the whole machine."""
    name = "reported"
    with no_handler(QEMU):
        (HANDLERS / "register").write_text(rule("s390x", emulator, name=name))
        try:
            yield
        finally:
            (HANDLERS / name).write_text("-1")


def _broken(stage: Stage) -> str:
    emulator = stage.folder / "emulator"
    emulator.write_bytes(executable("x86_64", UD2))
    emulator.chmod(0o755)
    name = stage.push(indexed(AMD64, S390X))
    stage.stack.enter_context(_handler(emulator))
    return name


def _entrypoint(stage: Stage, name: str, platform: str) -> str:
    return stage.push(single(platform, with_entrypoint(platform, name), DOCKER))


def _bash(stage: Stage, platform: str) -> str:
    return stage.push(single(platform, with_bash(platform), DOCKER))


def _foreign(stage: Stage) -> str:
    """A container for arm64 with a program for 32-bit ARM, and no CPU is to be set."""
    of = with_bash(ARM64)
    program = layer([file("foreign/uname", busybox(ARM_V7).read_bytes(), 0o755)])
    stage.env["QEMU_CPU"] = "max"
    return stage.push(single(ARM64, replace(of, layers=(*of.layers, program)), DOCKER))


def _holding(stage: Stage, label: str, platform: str) -> str:
    return stage.push(single(label, content(platform), DOCKER))


ROWS = (
    Row(
        "no-emulator",
        NONE,
        "the machine has no emulator for the platform",
        _without,
        "EmulationError",
        Open(S390X),
        says=("has no emulator",),
        alone=True,
    ),
    Row(
        "emulator-broken",
        DIES,
        "the emulator dies of an illegal instruction",
        _broken,
        "EmulationError",
        Open(S390X),
        says=("it was ended by SIGILL",),
        alone=True,
    ),
    Row(
        "crash",
        CRASH,
        "a command of an emulated container ends by SIGSEGV, as QEMU does",
        partial(_bash, platform=ARM64),
        "CalledProcessError",
        Open(ARM64, command=("sh", "-c", "kill -SEGV $$")),
        says=("is emulated here by QEMU", "SIGSEGV"),
    ),
    Row(
        "cpu-of-the-user",
        CPU,
        "`--env QEMU_CPU=…` in `create_args`",
        partial(_bash, platform=ARM64),
        "cortex-a57",
        Open(
            ARM64,
            option="create_args: --env QEMU_CPU=cortex-a57",
            command=("sh", "-c", "echo $QEMU_CPU"),
        ),
    ),
    Row(
        "cpu-none",
        CPU,
        "a program for 32-bit ARM in an arm64 container, with `QEMU_CPU` as the advice says",
        _foreign,
        "armv7l",
        Open(ARM64, command=("/foreign/uname", "-m")),
    ),
    Row(
        "user",
        NOT_ROOT,
        "an image with a USER who is not root",
        partial(_entrypoint, name="a user", platform=AMD64),
        "CalledProcessError",
        Open(AMD64, command=("mkdir", "/project")),
        says=("run by user 1000", "--user=0"),
    ),
    Row(
        "user-advised",
        NOT_ROOT,
        "the same with `--user=0` in `create_args`, as the advice says",
        partial(_entrypoint, name="a user", platform=AMD64),
        "0",
        Open(
            AMD64,
            option="create_args: --user=0",
            command=("sh", "-c", "mkdir /project && id -u"),
        ),
    ),
    Row(
        "content-other",
        WRONG,
        "an image labelled arm64 that holds amd64",
        partial(_holding, label=ARM64, platform=AMD64),
        "ContentError",
        Open(ARM64),
    ),
    Row(
        "content-soft-float",
        WRONG,
        "an image labelled arm/v7 that holds programs for ARM without a floating-point unit",
        partial(_holding, label=ARM_V7, platform="linux/arm/v6"),
        "ContentError",
        Open(ARM_V7),
    ),
)
