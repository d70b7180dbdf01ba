from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tools import action
from tools.composite import Composite, evaluate
from tools.fork import release
from tools.fork.upstream import read_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent
ACTION = ROOT / "action.yml"
PRINT = '#!/bin/sh\nprintf "<%s>" "$@"\necho "$0" >&2\n'
NAMES = {"inputs.a": "", "inputs.b-c": "x", "runner.arch": "X64"}


def inputs_of(text: str) -> dict[str, str]:
    inputs: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)["inputs"]
    return {name: field["default"] for name, field in inputs.items()}


def test_the_inputs_are_upstreams(tmp_path: Path) -> None:
    lock = read_lock(ROOT)
    release.unpack_sdist(release.sdist(ROOT, lock.version, lock.sdist), tmp_path / "upstream")
    upstream = (tmp_path / "upstream/action.yml").read_text(encoding="utf-8")
    assert inputs_of(ACTION.read_text(encoding="utf-8")) == inputs_of(upstream)


@pytest.mark.parametrize(
    "linter",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions"),
        ("zizmor", "--offline", "--no-config", "--persona", "pedantic"),
    ],
    ids=lambda linter: linter[0],
)
def test_it_is_clean(linter: tuple[str, ...]) -> None:
    program, *options = linter
    command = [str(Path(sysconfig.get_path("scripts"), program)), *options, "action.yml"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "inputs, arguments",
    [
        ({}, "<--output-dir><wheelhouse><.>"),
        ({"output-dir": ""}, "<.>"),
        ({"package-dir": "a project"}, "<--output-dir><wheelhouse><a project>"),
        ({"output-dir": "d i r"}, "<--output-dir><d i r><.>"),
        ({"config-file": "c i.toml"}, "<--output-dir><wheelhouse><--config-file><c i.toml><.>"),
        (
            {"only": "cp313-manylinux_aarch64"},
            "<--output-dir><wheelhouse><--only><cp313-manylinux_aarch64><.>",
        ),
        ({"package-dir": '$(id)"`'}, '<--output-dir><wheelhouse><$(id)"`>'),
    ],
)
def test_inputs_become_flags(inputs: dict[str, str], arguments: str, tmp_path: Path) -> None:
    program = tmp_path / "cibuildwheel"
    program.write_text(PRINT)
    program.chmod(0o755)
    used = Composite(ACTION, inputs, {})
    used.names["steps.install.outputs.commands"] = str(tmp_path)
    (ran,) = used.run(dict(os.environ), tmp_path, steps=frozenset({"Build wheels"}))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == f"{arguments}{program}\n"


def test_windows_is_given_the_same() -> None:
    unix, windows = (step for step in Composite(ACTION, {}, {}).steps if "ACTION_ONLY" in str(step))
    assert unix["env"] == windows["env"]
    for name in unix["env"]:
        assert f"env:{name}" in windows["run"]
        assert name in unix["run"]


@pytest.mark.parametrize(
    "python_path, architecture, python",
    [
        ("", "X64", "of setup-python"),
        ("", "ARM64", "of setup-python"),
        ("", "S390X", "python3"),
        ("/opt/python", "X64", "/opt/python"),
    ],
)
def test_the_python(python_path: str, architecture: str, python: str) -> None:
    used = Composite(
        ACTION, {"python-path": python_path}, {"setup": {"python-path": "of setup-python"}}
    )
    used.names["runner.arch"] = architecture
    used.run({}, ROOT, steps=frozenset({"Set up Python"}))
    (install,) = (step for step in used.steps if step["name"] == "Install cibuildwheel")
    value = install["env"]["ACTION_PYTHON"].removeprefix("${{").removesuffix("}}")
    assert evaluate(value, used.names) == python


@pytest.mark.parametrize(
    "extras, spec", [("", "/a b"), ("uv", "/a b[uv]"), (" uv , ,x", "/a b[uv,x]"), (",", "/a b")]
)
def test_requirement(extras: str, spec: str) -> None:
    assert action.requirement("/a b", extras) == spec


def test_only_what_a_build_may_find_is_exposed(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("cibuildwheel.exe", "uv", "uvx", "python", "pip3", "activate"):
        (tmp_path / "bin" / name).touch()
    exposed = action.expose(tmp_path / "bin", tmp_path / "commands")
    assert {path.name for path in exposed.iterdir()} == {"cibuildwheel.exe", "uv"}


def test_an_old_python_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and .* is 3\.10: .*python"):
        action.main()


@pytest.mark.parametrize(
    "expression, value",
    [
        ("inputs.a || inputs.b-c || 'z'", "x"),
        ("inputs.a || steps.none.outputs.x || 'z'", "z"),
        ("!inputs.a && contains(fromJSON('[\"X64\"]'), runner.arch)", True),
        ("runner.arch != 'X64'", False),
    ],
)
def test_expressions(expression: str, value: object) -> None:
    assert evaluate(expression, NAMES) == value


def test_no_expression() -> None:
    with pytest.raises(ValueError, match="can't be read from ' %' on"):
        evaluate("'a' %", {})
