"""The programs under test: this fork, and the unmodified release that it is made from."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tools.fork import release
from tools.fork.files import Files, format_sums, sha256
from tools.fork.imports import closure
from tools.fork.merge import INIT
from tools.fork.upstream import read_lock
from tools.lab.engine import Engine
from tools.matrix.cases import Case
from tools.matrix.prepare import reference

DRIVE = Path(__file__).with_name("drive.py")
ROOT = DRIVE.parents[2]
SECONDS = 120.0
FIRST = {"8d18f9b54ecfc58f19297b7f1172c1502bbd326863a2171387293ebf3248aac4": "4.3.3"}
"""The first release in which what the cells run is the same, by the hash of that (`what_runs`)."""

Outcome: TypeAlias = dict[str, Any]
Drive: TypeAlias = Callable[[Sequence[Case]], Iterator[tuple[Case, Outcome]]]


@dataclass(frozen=True)
class Subject:
    """A cibuildwheel, as the Python of the environment that it is installed in.

    `tidy` is whether it promises to leave no container, whatever happens, and `same` a release that
    is the same in all that a cell runs.
    """

    name: str
    python: Path
    tidy: bool = False
    same: str | None = None

    def version(self) -> str:
        """The version that is installed."""
        script = "from importlib.metadata import version; print(version('cibuildwheel'))"
        done = subprocess.run(
            [self.python, "-c", script], check=True, capture_output=True, text=True, cwd="/"
        )
        return done.stdout.strip()

    @contextmanager
    def driver(self, engine: Engine, jobs: int) -> Iterator[Drive]:
        """Give what opens containers on `engine`, `jobs` at once, and yields what comes of them."""
        command, env = engine.frequent(str(self.python), "-P", str(DRIVE), str(SECONDS), str(jobs))
        place = env["PATH"].partition(os.pathsep)[0]
        process = subprocess.Popen(
            command,
            env=env,
            cwd="/tmp",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

        def drive(cases: Sequence[Case]) -> Iterator[tuple[Case, Outcome]]:
            lines = [
                {
                    "case": n,
                    "engine": engine.kind,
                    "image": reference(engine, case),
                    "platform": case.platform,
                }
                for n, case in enumerate(cases)
            ]
            assert process.stdin
            process.stdin.write(json.dumps(lines) + "\n")
            process.stdin.flush()
            for _ in cases:
                outcome = _next(process, place)
                yield cases[outcome["case"]], outcome

        try:
            yield drive
        finally:
            process.kill()
            process.communicate()


def _next(process: subprocess.Popen[str], place: str) -> Outcome:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        msg = f"{DRIVE} ended with {process.wait()} before it had answered all"
        raise RuntimeError(msg)
    # The place of the lab on this machine is nothing to keep.
    outcome: Outcome = json.loads(line.replace(f"{place}/", ""))
    return outcome


def ours() -> Subject:
    """The fork as it is installed here."""
    return Subject("fork", Path(sys.executable), tidy=True)


def upstream() -> Subject:
    """The pinned release, in an environment of its own under build/."""
    lock = read_lock(ROOT)
    venv = ROOT / "build" / "matrix" / f"cibuildwheel-{lock.version}"
    python = venv / "bin" / "python"
    wheel = release.wheel(ROOT, lock.version, lock.wheel)
    if not (venv / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
        (venv / "done").touch()
    return Subject("upstream", python, same=FIRST.get(what_runs(release.wheel_files(wheel))))


def what_runs(files: Files) -> str:
    """The hash of what a cell runs of a release: `oci_container.py` and all that it imports.

    Without the package's `__init__.py`, which holds the version and nothing else.
    """
    modules = closure({"cibuildwheel.oci_container"}, files)
    return sha256(format_sums({p: data for p, data in modules.items() if p != INIT}).encode())
