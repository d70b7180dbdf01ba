"""Our modules call nothing that Windows lacks, where podman and Rancher Desktop run, too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_windows_has_all_that_is_called() -> None:
    """mypy knows which names each module of Python has on which platform."""
    options = ("--platform=win32", "--cache-dir=.mypy_cache/win32")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "cibuildwheel", "build/upstream/cibuildwheel"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
