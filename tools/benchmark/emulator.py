"""The emulator that a benchmark runs on: this machine's own, or another generation of QEMU."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.benchmark.cases import ARCHITECTURES
from tools.lab.qemu import PROGRAMS, Qemu, programs, rule

HANDLERS = Path("/proc/sys/fs/binfmt_misc")
OWN = "benchmark"


@contextmanager
def emulated_by(qemu: Qemu | None, platform: str) -> Iterator[str]:
    """Have the kernel run programs of `platform` on `generation`; gives the QEMU that does.

    That is `QEMU 10.0.8`, say. None is the one that is registered already. For the whole machine,
    as a kernel asks the last handler that was registered first: what others run meanwhile is run on
    it too. Raises OSError for who is not root.
    """
    architecture = ARCHITECTURES[platform]
    if qemu is None:
        yield _version(_registered(PROGRAMS[architecture]))
        return
    program = programs(qemu) / PROGRAMS[architecture]
    (HANDLERS / "register").write_text(rule(architecture, program, name=OWN))
    try:
        yield _version(program)
    finally:
        (HANDLERS / OWN).write_text("-1")


def _registered(handler: str) -> Path:
    lines = (HANDLERS / handler).read_text().splitlines()
    program = next(line.split(" ", 1)[1] for line in lines if line.startswith("interpreter"))
    return Path(program).resolve()  # what a handler is called by tells it how to be called


def _version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = said.stdout.split()
    return f"QEMU {words[2]}" if "version" in words else program.name
