"""The programs of the engine's own machine that an emulated container is to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CLANG, UV = "clang", "uv"
KNOWN = (CLANG, UV)
UV_FRONTENDS = {"build[uv]", "uv"}


def parse_tools(words: Iterable[str]) -> tuple[str, ...]:
    """The tools that the option `native-tools` names, each once, in the order of KNOWN.

    Raises ValueError for one that there is not.
    """
    named = set(words)
    if unknown := sorted(named.difference(KNOWN)):
        msg = f"native-tools has no {unknown[0]!r}: there is {', '.join(KNOWN)}"
        raise ValueError(msg)
    return tuple(tool for tool in KNOWN if tool in named)


def idle_tools(tools: Iterable[str], frontends: Collection[str]) -> tuple[str, ...]:
    """Those of `tools` that builds by `frontends`, values of `build-frontend`, have no use for."""
    used = UV_FRONTENDS.intersection(frontends)
    return tuple(tool for tool in tools if tool == UV and not used)
