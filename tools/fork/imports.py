"""Which of the fork's own modules a piece of code needs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.fork.files import Files


def imported(source: bytes) -> set[str]:
    """Return each dotted name that the module `source` imports, absolutely and anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def closure(names: set[str], own: Files) -> Files:
    """Return those of the files `own` that an import of `names` loads, directly or not."""
    by_module = {_module(path): path for path in own if path.endswith(".py")}
    needed: set[str] = set()
    left = set(names)
    while left:
        parts = left.pop().split(".")
        for end in range(1, len(parts) + 1):
            path = by_module.get(".".join(parts[:end]))
            if path and path not in needed:
                needed.add(path)
                left |= imported(own[path])
    return {path: own[path] for path in sorted(needed)}


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
