from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cibuildwheel.oci.native import trial


@pytest.mark.parametrize("source", trial.SOURCES)
def test_what_is_tried_with_succeeds_by_gcc(source: str, tmp_path: Path) -> None:
    compiler = "gcc" if source.endswith(".c") else "g++"
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler} here")
    (tmp_path / Path(source).name).write_text(trial.SOURCES[source])
    options = ["-pthread", "-Wall", "-Wextra", "-Werror", "-o", "program"]
    subprocess.run([compiler, Path(source).name, *options, "-lm"], check=True, cwd=tmp_path)
    subprocess.run(["./program"], check=True, cwd=tmp_path)


def test_what_failed_is_printed_last_and_ends_it() -> None:
    done = subprocess.run(
        ["sh", "-c", trial.try_compiler()], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert trial.FOLDER in done.stdout
