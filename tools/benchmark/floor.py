"""What it takes to copy the project of the case `copy` without a cibuildwheel.

    python -m tools.benchmark.floor

By bare commands, in turn: `docker cp` of a ready archive, and a `tar` of this machine that unpacks
the same one in the same place, the container's overlay. Each with the seconds that it took, and
those that all of the machine's processors were in the kernel meanwhile.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.benchmark.cases import CASES
from tools.benchmark.run import prepared
from tools.images.errors import ImageError
from tools.images.push import push
from tools.lab.errors import LabError
from tools.lab.generation import Generation
from tools.lab.lab import temporary_lab

CASE, PLATFORM, ENGINE = CASES["copy"], "linux/arm64", "docker26"
ROUNDS = 3


def main() -> int:
    """Print what each takes, ROUNDS times; returns 1 if that can't be done."""
    try:
        with temporary_lab() as lab, prepared(CASE) as project:
            archive = project.with_name("project.tar")
            subprocess.run(["tar", "-c", "-f", archive, "."], cwd=project, check=True)
            engine = lab.engine(ENGINE)
            name = "benchmark/floor:1"
            push(CASE.image(PLATFORM), f"{engine.push_address}/{name}")
            for _ in range(ROUNDS):
                _measure(engine, f"{engine.registry.address}/{name}", archive)
    except (ImageError, LabError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(engine: Generation, image: str, archive: Path) -> None:
    options = ("--detach", "--interactive", f"--platform={PLATFORM}")
    container = engine.run("run", *options, image, "/bin/bash").splitlines()[-1]
    engine.run("exec", container, "mkdir", "/by-engine", "/by-tar")
    merged = engine.run("inspect", "--format={{.GraphDriver.Data.MergedDir}}", container).strip()
    inside = f"/proc/{engine.sandbox.init.pid}/root{merged}/by-tar"
    _time(["docker", "cp", "-", f"{container}:/by-engine"], engine, archive)
    _time(["tar", "-x", "-C", inside], engine, archive)
    engine.run("rm", "--force", container)


def _time(command: Sequence[str], engine: Generation, archive: Path) -> None:
    begin, kernel = time.monotonic(), _kernel()
    with archive.open("rb") as file:
        subprocess.run(command, env=engine.env, stdin=file, check=True)
    took, kernel = time.monotonic() - begin, _kernel() - kernel
    print(f"{command[0]:6} {took:5.2f} s, kernel {kernel:5.2f} s", flush=True)


def _kernel() -> float:
    """The seconds of all processors in the kernel since the boot (proc_stat(5))."""
    ticks = Path("/proc/stat").read_text().split()[3]
    return int(ticks) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
