from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container import explain as module
from cibuildwheel.oci.container.explain import Failure, explain, reasons
from cibuildwheel.oci.emulation.crash import Emulator
from cibuildwheel.oci.errors import ContainerExitedError
from cibuildwheel.oci.plan.decide import Decision, Source
from cibuildwheel.oci.plan.settled import Settled
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from unit_test.oci.emulation.trial_test import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

ARM64, S390X = parse_platform("linux/arm64"), parse_platform("linux/s390x")
QEMU = Emulator("7.2.22")
CPU = "max,pauth-impdef=on"
# as QEMU 7.2 said it for these, called by a program of arm64 with QEMU_CPU=max,pauth-impdef=on
ARM = (
    "arm-binfmt-P: can't apply global max-arm-cpu.pauth-impdef=on: "
    "Property 'max-arm-cpu.pauth-impdef' not found"
)
PPC64LE = "ppc64le-binfmt-P: unable to find CPU model 'max'"
DENIED = "mkdir: cannot create directory '/project': Permission denied"


@pytest.fixture(autouse=True)
def on_no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "detect_ci_provider", lambda: None)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure(ARM64, 139, emulator=QEMU), ("QEMU 7.2.22", "139", "native", "binfmt")),
        (Failure(S390X, 132, emulator=Emulator()), ("linux/s390x", "an emulator", "132")),
        (Failure(ARM64, 1, ARM, cpu=CPU, emulator=QEMU), (ARM, CPU, "env -u QEMU_CPU")),
        (Failure(ARM64, 1, f"x\n{PPC64LE}\r\ny", cpu=CPU), ("(unable to find CPU model 'max')",)),
        (Failure(ARM64, 1, DENIED, user="1000"), ("user 1000", "--user=0")),
    ],
)
def test_reason(failure: Failure, words: Sequence[str]) -> None:
    (reason,) = reasons(failure)
    assert "\n" not in reason
    for word in words:
        assert word in reason or word.partition(": ")[2] in reason


@pytest.mark.parametrize(
    "failure",
    [
        Failure(ARM64, 139),
        Failure(ARM64, 1, "error: expected ';'", cpu=CPU, emulator=QEMU),
        # who sets the CPU knows of it
        Failure(ARM64, 1, ARM, emulator=QEMU),
        Failure(ARM64, 1, DENIED),
        Failure(ARM64, 1, "error", user="1000"),
    ],
)
def test_no_reason(failure: Failure) -> None:
    assert not list(reasons(failure))


class Stub:
    """A container whose shell says `said`, or has gone."""

    name: str | None = "nowhere"

    def __init__(self, settled: Settled | None, said: list[list[str]] | None = None) -> None:
        self.settled = settled
        self.said = said or []

    def ask_shell(self, _: str) -> list[str]:
        if not self.said:
            msg = "gone"
            raise ContainerExitedError(msg)
        return self.said.pop(0)


def settled(*, emulated: bool) -> Settled:
    decision = Decision(Want("docker", "x", ARM64), Source.STORED, "x", ARM64)
    return Settled(engine("linux/amd64"), decision, CPU, emulated)


@pytest.mark.parametrize(
    ("container", "error", "lines"),
    [
        (
            Stub(settled(emulated=True), [["0", CPU], ["qemu-aarch64 version 7.0.0", "", ""]]),
            subprocess.CalledProcessError(139, "x"),
            1,
        ),
        (Stub(settled(emulated=False), [["0", ""]]), subprocess.CalledProcessError(139, "x"), 0),
        (Stub(settled(emulated=True)), subprocess.CalledProcessError(139, "x"), 0),
        (Stub(settled(emulated=True)), ContainerExitedError("… (it returned 132)"), 1),
        (Stub(settled(emulated=True)), ContainerExitedError("… (it returned 1)"), 0),
        (Stub(settled(emulated=True)), KeyboardInterrupt(), 0),
        (Stub(settled(emulated=True)), None, 0),
        (Stub(None), subprocess.CalledProcessError(139, "x"), 0),
    ],
)
def test_what_is_warned_of(
    container: Stub, error: BaseException | None, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr("cibuildwheel.logger.log.warning", warned.append)
    explain(container, error)
    assert len(warned) == lines
