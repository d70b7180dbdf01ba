"""The programs under test: this fork, and the unmodified release that it is made from."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.fork import release
from tools.fork.upstream import read_lock
from tools.lab.engine import Engine
from tools.matrix.cases import Case
from tools.matrix.prepare import reference

DRIVE = Path(__file__).with_name("drive.py")
ROOT = DRIVE.parents[2]
SECONDS = 120.0


@dataclass(frozen=True)
class Subject:
    """A cibuildwheel, as the Python of the environment that it is installed in."""

    name: str
    python: Path

    def version(self) -> str:
        """The version that is installed."""
        script = "from importlib.metadata import version; print(version('cibuildwheel'))"
        done = subprocess.run(
            [self.python, "-c", script], check=True, capture_output=True, text=True, cwd="/"
        )
        return done.stdout.strip()

    def drive(
        self, engine: Engine, cases: Sequence[Case], jobs: int = 1
    ) -> Iterator[tuple[Case, dict[str, Any]]]:
        """Open a container for each of `cases`, `jobs` at once; gives the outcomes as they come."""
        if not cases:
            return
        shares = [cases[n::jobs] for n in range(min(jobs, len(cases)))]
        drives = [self._start(engine, share) for share in shares]
        try:
            for n in range(len(shares[0])):
                for share, drive in zip(shares, drives, strict=True):
                    if n < len(share):
                        yield share[n], _next(drive)
        finally:
            for drive in drives:
                drive.kill()
                drive.communicate()

    def _start(self, engine: Engine, cases: Iterable[Case]) -> subprocess.Popen[str]:
        drive = subprocess.Popen(
            [self.python, "-P", DRIVE, str(SECONDS)],
            env=engine.env,
            cwd="/tmp",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = [
            {"engine": engine.kind, "image": reference(engine, c), "platform": c.platform}
            for c in cases
        ]
        assert drive.stdin
        with suppress(BrokenPipeError):
            drive.stdin.writelines(json.dumps(line) + "\n" for line in lines)
            drive.stdin.close()
        drive.stdin = None  # so that communicate does not use it
        return drive


def _next(drive: subprocess.Popen[str]) -> dict[str, Any]:
    assert drive.stdout
    line = drive.stdout.readline()
    if not line:
        msg = f"{DRIVE} ended with {drive.wait()} before its input did"
        raise RuntimeError(msg)
    outcome: dict[str, Any] = json.loads(line)
    return outcome


def ours() -> Subject:
    """The fork as it is installed here."""
    return Subject("fork", Path(sys.executable))


def upstream() -> Subject:
    """The pinned release, in an environment of its own under build/."""
    lock = read_lock(ROOT)
    venv = ROOT / "build" / "matrix" / f"cibuildwheel-{lock.version}"
    python = venv / "bin" / "python"
    if not (venv / "done").exists():
        wheel = release.wheel(ROOT, lock.version, lock.wheel)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
        (venv / "done").touch()
    return Subject("upstream", python)
