"""Upstream's own unit tests, against the package as published and as patched."""

from __future__ import annotations

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from tools.fork import release
from tools.fork.checkout import fill
from tools.fork.errors import ForkError
from tools.fork.files import PACKAGE
from tools.fork.git import git
from tools.fork.patch_file import parse
from tools.fork.series import read_series
from tools.fork.upstream import read_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Outcome by test id, as pytest reports it: "unit_test.cmd_test::test_call" -> "passed".
Outcomes = dict[str, str]

PASSED, MISSING = "passed", "missing"


@dataclass(frozen=True)
class Difference:
    """A test whose outcome is not the same on both sides."""

    test: str
    pristine: str
    patched: str
    regression: bool

    def __str__(self) -> str:
        """Return the line that the command prints."""
        word = "REGRESSION" if self.regression else "changed"
        return f"{word}: {self.test}: {self.pristine} -> {self.patched}"


def run(root: Path, options: Sequence[str] = ()) -> tuple[Outcomes, Outcomes]:
    """Run the unit tests of the pinned release twice; returns the outcomes pristine and patched.

    The two runs go on side by side, as most of their time is upstream's waiting for a network. They
    differ in the installed package and in what the series changes in the tests. `options` go to
    pytest. Raises `ForkError` if an environment cannot be made or pytest does not get as far as a
    report.
    """
    lock = read_lock(root)
    folder = root / "build/test-upstream"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pristine, patched = folder / "pristine", folder / "patched"
    release.unpack_sdist(release.sdist(root, lock.version, lock.sdist), pristine)
    fill(root, folder / "repository")
    git(folder / "repository", "checkout-index", "--all", f"--prefix={patched}/")
    wheels = release.wheel(root, lock.version, lock.wheel), _build_wheel(root, folder / "dist")
    with ThreadPoolExecutor() as pool:
        before, after = pool.map(_outcomes, (pristine, patched), wheels, repeat(options))
    return before, after


def compare(pristine: Outcomes, patched: Outcomes, changed: set[str]) -> list[Difference]:
    """Return each test with two outcomes; `changed` names the test modules that a patch changes.

    What does not pass on the patched side is a regression, but for a test that a patch removed.
    """
    differences = []
    for test in sorted(pristine.keys() | patched.keys()):
        before, after = pristine.get(test, MISSING), patched.get(test, MISSING)
        if before != after:
            removed = after == MISSING and test.partition("::")[0] in changed
            differences.append(Difference(test, before, after, after != PASSED and not removed))
    return differences


def changed_modules(root: Path) -> set[str]:
    """Return the dotted names of the unit test modules that the series in `root` changes."""
    changes = (
        change for path in read_series(root) for change in parse(path.name, path.read_bytes())
    )
    return {
        change.path.removesuffix(".py").replace("/", ".")
        for change in changes
        if change.path.startswith("unit_test/")
    }


def summary(outcomes: Outcomes) -> str:
    """Return the number of tests by outcome: "2 failure, 922 passed, 74 skipped"."""
    return ", ".join(f"{n} {outcome}" for outcome, n in sorted(Counter(outcomes.values()).items()))


def read_junit(path: Path) -> Outcomes:
    """Read the report that pytest wrote with `--junitxml`."""
    return {
        f"{case.get('classname')}::{case.get('name')}": next(
            (f"{child.tag}" for child in case if child.tag in ("failure", "error", "skipped")),
            PASSED,
        )
        for case in ET.parse(path).iter("testcase")
    }


def _build_wheel(root: Path, folder: Path) -> Path:
    _call(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, root)
    (wheel,) = folder.iterdir()
    return wheel


def _outcomes(tree: Path, wheel: Path, options: Sequence[str]) -> Outcomes:
    """Run the unit tests in `tree` against the package in `wheel`, in a new environment."""
    venv = tree.with_name(f"{tree.name}-venv")
    _call(sys.executable, "-m", "venv", venv)
    python = venv / "bin/python"
    _call(python, "-m", "pip", "install", "--quiet", "pip>=25.1")  # the first with --group
    _call(
        python, "-m", "pip", "install", "--quiet", wheel, "--group", f"{tree}/pyproject.toml:test"
    )
    _replace_package(tree, python)
    report = tree / "report.xml"
    command = [str(python), "-m", "pytest", "unit_test", "-n", "2", "--dist", "worksteal"]
    done = _run([*command, f"--junitxml={report}", *options], tree)
    if done.returncode not in (0, 1):  # all passed, some failed
        raise ForkError(f"pytest failed in {tree}: {_last_line(done)}")
    return read_junit(report)


def _replace_package(tree: Path, python: Path) -> None:
    """Put the installed package where the tests find that of their repository."""
    site = _call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    shutil.rmtree(tree / PACKAGE)
    (tree / PACKAGE).symlink_to(Path(site, PACKAGE))


def _call(*command: str | Path) -> str:
    done = _run(command, None)
    if done.returncode:
        raise ForkError(f"{' '.join(map(str, command))} failed: {_last_line(done)}")
    return done.stdout


def _run(command: Sequence[str | Path], folder: Path | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    return ((done.stderr or done.stdout).strip().splitlines() or ["no output"])[-1]
