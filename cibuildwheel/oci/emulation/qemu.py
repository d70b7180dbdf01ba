"""QEMU on this machine, where the engine's containers use it: known to be slow, or to crash.

The handlers of the kernel name it (https://docs.kernel.org/admin-guide/binfmt-misc.html). Those of
another machine are none of this one's business, and what can't be read is passed over.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.qemu_faults import fault_of
from cibuildwheel.oci.engine.minimum import numbers_of
from cibuildwheel.oci.engine.process import ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.emulation.trial import Trial
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.wanted.platform import Platform

HANDLERS = Path("/proc/sys/fs/binfmt_misc")
ADDRESSES = ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "CONTAINER_CONNECTION")
SECONDS = 5.0

# What QEMU calls an architecture of OCI.
NAMES = {
    "arm64": "aarch64",
    "arm": "arm",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
}

NEWER = (
    "`docker run --privileged --rm tonistiigi/binfmt --install all` registers a newer one, and "
    "Debian 12 has one in bookworm-backports"
)
FIX = f"update it: {NEWER}"


def is_here(engine: Engine) -> bool:
    """Whether the containers of `engine` run on this machine's own kernel.

    Only if nothing names another place and it is the same release with the same memory. A context
    counts for more than variables.
    """
    if sys.platform != "linux" or engine.desktop:
        return False
    named = () if engine.context else ADDRESSES
    if engine.elsewhere or any(_elsewhere(os.environ.get(name, "")) for name in named):
        return False
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return engine.kernel == (os.uname().release, memory)


def advice(engine: Engine, trials: Iterable[Trial]) -> str:
    """What is known to be bad of this machine's QEMU, and the fix, in one line; `""` for nothing.

    `trials` are those of the platforms that are emulated.
    """
    if not is_here(engine):
        return ""
    found = []
    for trial in trials:
        version = version_for(trial.platform)
        if fault := fault_of(version, trial.platform, cpu=trial.cpu):
            number = ".".join(map(str, version))
            found.append(f"QEMU {number}, which runs {trial.platform} here, {fault}")
    return f"{'; '.join(found)}: {FIX}." if found else ""


def version_for(platform: Platform, handlers: Path = HANDLERS) -> tuple[int, ...]:
    """The version of the QEMU that is registered for `platform`; `()` if that can't be known."""
    name = f"qemu-{NAMES.get(platform.architecture, '')}"
    try:
        lines = (handlers / name).read_text().splitlines()
        said = next(line for line in lines if line.startswith("interpreter "))
        # Debian registers a link whose name tells QEMU how it is called
        program = Path(said.partition(" ")[2]).resolve(strict=True)
    except (OSError, ValueError, StopIteration):
        return ()
    if lines[0] != "enabled" or not program.name.startswith(name):
        return ()
    answer = ask(str(program), "--version", seconds=SECONDS)
    found = re.match(r"qemu-\S+ version (\S+)", answer.stdout)
    return numbers_of(found[1]) if found and answer.ok else ()


def _elsewhere(address: str) -> bool:
    return bool(address) and not address.startswith("unix://")
