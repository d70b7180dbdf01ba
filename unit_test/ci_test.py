"""The configurations of CI services are what the services' own schemas allow."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "path, options",
    [
        (".github/workflows/test.yml", ["--builtin-schema=vendor.github-workflows"]),
        # with GitLab's own tags of YAML
        (".gitlab-ci.yml", ["--builtin-schema=vendor.gitlab-ci", "--data-transform=gitlab-ci"]),
    ],
)
def test_schema(path: str, options: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *options, str(ROOT / path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
