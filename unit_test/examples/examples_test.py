"""The examples for CI providers, and the README's: of the providers' schemas, and of our action."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SCHEMAS = {
    "azure": ("vendor.azure-pipelines", "--data-transform", "azure-pipelines"),
    "circleci": ("vendor.circle-ci",),
    "github": ("vendor.github-workflows",),
    "gitlab": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}
SCENARIOS = {"custom-image-qemu.yml", "native-runners.yml", "private-registry.yml"}
ALL = sorted(EXAMPLES.glob("*/*.yml"))
# What the plan of a project for four architectures says, on an amd64 machine of the provider's.
ARM64 = {"github": "ubuntu-24.04-arm", "gitlab": "saas-linux-small-arm64"}
PLAN = """\
#!/bin/sh
echo "$@" >&2
cat <<'END'
{"version": 1, "ok": true, "exit_code": 0, "containers": [
  {"identifiers": ["cp312-manylinux_x86_64", "cp313-manylinux_x86_64"], "architecture": "x86_64",
   "execution": "native", "native_runner": null},
  {"identifiers": ["cp313-musllinux_x86_64"], "architecture": "x86_64",
   "execution": "native", "native_runner": null},
  {"identifiers": ["cp313-manylinux_aarch64"], "architecture": "aarch64",
   "execution": "emulated", "native_runner": "%s"},
  {"identifiers": ["cp313-manylinux_s390x"], "architecture": "s390x",
   "execution": "emulated", "native_runner": null}]}
END
"""


def check(program: str, *arguments: str | Path) -> None:
    command = [Path(sysconfig.get_path("scripts"), program), *arguments]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def check_schema(provider: str, *files: Path) -> None:
    check("check-jsonschema", "--builtin-schema", *SCHEMAS[provider], *files)


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def steps_of_action(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a GitHub workflow that use our action."""
    steps = (step for job in workflow["jobs"].values() for step in job["steps"])
    return [step for step in steps if step.get("uses", "").startswith("OWNER/")]


@pytest.mark.parametrize("provider", SCHEMAS)
def test_schema(provider: str) -> None:
    examples = {path for path in ALL if path.parent.name == provider}
    assert {path.name for path in examples} >= SCENARIOS
    check_schema(provider, *sorted(examples))


def test_github_is_safe(tmp_path: Path) -> None:
    config = tmp_path / "zizmor.yml"
    # Tags, which people read; who wants hashes in their place has a bot for that.
    config.write_text('rules: {unpinned-uses: {config: {policies: {"*": ref-pin}}}}')
    check("zizmor", "--offline", "--config", config, *EXAMPLES.glob("github/*.yml"))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("github/*.yml")), ids=lambda path: path.stem)
def test_github_uses_the_action(path: Path) -> None:
    inputs = read(ROOT / "action.yml")["inputs"]
    steps = steps_of_action(read(path))
    assert steps
    for step in steps:
        assert step.get("with", {}).keys() <= inputs.keys()


@pytest.mark.parametrize("path", ALL, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_options_are_spelled_right(path: Path) -> None:
    schema = ROOT / "build/upstream/cibuildwheel/resources/cibuildwheel.schema.json"
    known = set(json.loads(schema.read_text(encoding="utf-8"))["properties"])
    named = set(re.findall(r"\bCIBW_(\w+)", path.read_text(encoding="utf-8")))
    options = {re.sub("x86-64", "x86_64", name.lower().replace("_", "-")) for name in named}
    assert options <= known


def plan(provider: str, script: str, folder: Path) -> None:
    """Run `script` in `folder` with a `cibuildwheel` that prints PLAN."""
    program = folder / "bin/cibuildwheel"
    program.parent.mkdir()
    program.write_text(PLAN % ARM64[provider])
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin", "GITHUB_OUTPUT": "output"}
    command = ["bash", "-eo", "pipefail", "-c", script]
    ran = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == "--platform linux --archs all --print-container-plan=json\n"


def test_github_matrix(tmp_path: Path) -> None:
    jobs = read(EXAMPLES / "github/dynamic-matrix.yml")["jobs"]
    (step,) = (step for step in jobs["plan"]["steps"] if step.get("id") == "plan")
    plan("github", step["run"], tmp_path)
    name, _, matrix = (tmp_path / "output").read_text().partition("=")
    assert name == "matrix"
    keys = ("arch", "runner", "emulate", "build")
    assert [tuple(job[key] for key in keys) for job in json.loads(matrix)] == [
        ("aarch64", "ubuntu-24.04-arm", False, "cp313-manylinux_aarch64"),
        ("s390x", "ubuntu-latest", True, "cp313-manylinux_s390x"),
        (
            "x86_64",
            "ubuntu-latest",
            False,
            "cp312-manylinux_x86_64 cp313-manylinux_x86_64 cp313-musllinux_x86_64",
        ),
    ]
    assert set(re.findall(r"matrix\.(\w+)", json.dumps(jobs["wheels"]))) == set(keys)


def test_gitlab_pipeline(tmp_path: Path) -> None:
    script = read(EXAMPLES / "gitlab/dynamic-matrix.yml")["plan"]["script"]
    assert script[0] == "apt-get install --yes jq"
    plan("gitlab", "\n".join(script[1:]), tmp_path)
    pipeline = json.loads((tmp_path / "pipeline.yml").read_text())
    assert {
        name: (job["tags"], *(job["variables"][key] for key in ("CIBW_ARCHS", "EMULATE")))
        for name, job in pipeline.items()
    } == {
        "wheels aarch64": (["saas-linux-small-arm64"], "aarch64", ""),
        "wheels s390x": (["saas-linux-small-amd64"], "s390x", "1"),
        "wheels x86_64": (["saas-linux-small-amd64"], "x86_64", ""),
    }
    assert pipeline["wheels s390x"]["variables"]["CIBW_BUILD"] == "cp313-manylinux_s390x"
    whole = tmp_path / "whole.yml"
    whole.write_text(yaml.safe_dump(read(EXAMPLES / "gitlab/wheels-job.yml") | pipeline))
    check_schema("gitlab", whole)


def test_readme(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    github, gitlab = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    steps = yaml.safe_load(github)
    workflow = {"on": "push", "jobs": {"wheels": {"runs-on": "ubuntu-latest", "steps": steps}}}
    (tmp_path / "github.yml").write_text(yaml.safe_dump(workflow))
    (tmp_path / "gitlab.yml").write_text(gitlab)
    check_schema("github", tmp_path / "github.yml")
    check_schema("gitlab", tmp_path / "gitlab.yml")
    assert len(steps_of_action(workflow)) == 1
