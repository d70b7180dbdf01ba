"""Which of the fork's own modules a piece of code needs.

Upstream's modules import one of them, the facade `cibuildwheel.oci`, and take names of it. Its
table `HOMES` says in which module a name is.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.fork.files import PACKAGE

if TYPE_CHECKING:
    from tools.fork.files import Files

FACADE = f"{PACKAGE}.oci"
FACADE_PATH = f"{PACKAGE}/oci/__init__.py"


def imported(source: bytes) -> set[str]:
    """Return each dotted name that the module `source` imports, absolutely and anywhere in it.

    What it takes of one belongs to them: `from a import b` and `b.c` are a.b and a.b.c.
    """
    tree = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    taken = {
        f"{names[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
    }
    return {*names.values(), *taken}


def closure(names: set[str], own: Files) -> Files:
    """Return those of the files `own` that an import of `names` loads, directly or not.

    The facade, if it is one of them, has what is in `names` of it, and nothing else.
    """
    by_module = {_module(path): path for path in own if path.endswith(".py")}
    homes = homes_of(own.get(FACADE_PATH, b""))
    taken = {name for name in homes if f"{FACADE}.{name}" in names}
    needed: set[str] = set()
    left = names | {f"{FACADE}.{homes[name]}" for name in taken}
    while left:
        parts = left.pop().split(".")
        for end in range(1, len(parts) + 1):
            path = by_module.get(".".join(parts[:end]))
            if path and path not in needed:
                needed.add(path)
                left |= imported(own[path]) if path != FACADE_PATH else set()
    files = {path: own[path] for path in sorted(needed)}
    if taken:
        files[FACADE_PATH] = _trimmed(files[FACADE_PATH], homes.keys() - taken)
    return files


def homes_of(facade: bytes) -> dict[str, str]:
    """Return each name that the source of a facade has, and the module in which it is."""
    for node in ast.parse(facade).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            return {str(name): str(home) for name, home in ast.literal_eval(node.value).items()}
    return {}


def _trimmed(facade: bytes, names: set[str]) -> bytes:
    """Return the source of the facade without the lines for `names`, which are one each."""
    gone: set[int] = set()
    for node in ast.walk(ast.parse(facade)):
        if isinstance(node, ast.ImportFrom) and node.names[0].name in names:
            gone.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.Dict):
            keys = (key for key in node.keys if isinstance(key, ast.Constant))
            gone.update(key.lineno for key in keys if key.value in names)
    lines = enumerate(facade.splitlines(keepends=True), 1)
    return b"".join(line for number, line in lines if number not in gone)


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
