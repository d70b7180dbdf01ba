"""The packages of `cibuildwheel.oci` are stages: imports go one way, and the facade names them."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from cibuildwheel import oci
from tools.fork.imports import imported

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cibuildwheel" / "oci"
STAGES = ["wanted", "image", "engine", "emulation", "native", "plan", "container"]
# What starts processes, and what decides without it.
PROCESS = "cibuildwheel.oci.engine.process"
DECIDES = ["emulation.trial", "emulation.advice", "plan.decide", "plan.refuse", "plan.pulled"]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py"
}


def imports(module: str, *, types: bool = True) -> set[str]:
    """Return the own modules that `module` imports; with those for its types only, or without."""
    tree = ast.parse(MODULES[module].read_bytes())
    if not types:
        tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
    names = imported(ast.unparse(tree).encode())
    return {own for own in MODULES for name in names if f"{name}.".startswith(f"{own}.")}


def stage(module: str) -> int:
    """Return the number of the stage of `module`; -1 for what all of them may use."""
    name = module.split(".")[2]
    return STAGES.index(name) if name in STAGES else -1


@pytest.mark.parametrize("module", MODULES)
def test_no_module_imports_from_a_later_stage(module: str) -> None:
    later = [other for other in imports(module) if stage(other) > stage(module)]
    assert not later


def test_no_import_goes_in_a_circle() -> None:
    graph = {module: imports(module, types=False) for module in MODULES}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


@pytest.mark.parametrize("module", DECIDES)
def test_what_decides_asks_no_engine(module: str) -> None:
    left, seen = {f"cibuildwheel.oci.{module}"}, set()
    while left:
        one = left.pop()
        seen.add(one)
        left |= imports(one, types=False) - seen
    assert PROCESS not in seen


def test_tools_cost_nothing_where_none_are_asked_for() -> None:
    script = (
        "import sys; from cibuildwheel import oci; "
        "[getattr(oci, name) for name, home in oci.HOMES.items() if home not in "
        "{'container.equip', 'container.wheels', 'wanted.tools'}]; "
        "print(*(m for m in sys.modules if m.startswith('cibuildwheel.oci.native')))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert said.stdout.split() == []


def test_every_package_is_a_stage() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(STAGES)


def test_facade_names_the_same_for_types_and_at_run_time() -> None:
    (block,) = (
        node
        for node in ast.parse((PACKAGE / "__init__.py").read_text()).body
        if isinstance(node, ast.If)
    )
    typed = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {name: f"cibuildwheel.oci.{home}" for name, home in oci.HOMES.items()}


@pytest.mark.parametrize("name", oci.HOMES)
def test_facade_has(name: str) -> None:
    home = import_module(f"cibuildwheel.oci.{oci.HOMES[name]}")
    assert getattr(oci, name) is getattr(home, name)


def test_facade_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        oci.nothing  # noqa: B018


def test_facade_hides_no_module() -> None:
    assert not {path.stem for path in PACKAGE.iterdir()} & set(oci.HOMES)
