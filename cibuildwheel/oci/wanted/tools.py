"""The programs of the engine's own machine that an emulated container is to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CLANG, GCC, UV = "clang", "gcc", "uv"
THERE = f"{CLANG}, {GCC}=IMAGE, {UV}"
UV_FRONTENDS = {"build[uv]", "uv"}


def parse_tools(words: Iterable[str]) -> tuple[str, ...]:
    """The tools that the option `native-tools` names, each once, in order.

    Raises ValueError for one that there is not, and for two compilers.
    """
    named = tuple(sorted(set(words)))
    for word in named:
        name, _, image = word.partition("=")
        if word not in {CLANG, UV} and not (name == GCC and image):
            msg = f"native-tools has no {word!r}: there is {THERE}"
            raise ValueError(msg)
    if len(compilers := [word for word in named if word != UV]) > 1:
        msg = f"native-tools has {' and '.join(compilers)}: one of them is to compile"
        raise ValueError(msg)
    return named


def idle_tools(tools: Iterable[str], frontends: Collection[str]) -> tuple[str, ...]:
    """Those of `tools` that builds by `frontends`, values of `build-frontend`, have no use for."""
    used = UV_FRONTENDS.intersection(frontends)
    return tuple(tool for tool in tools if tool == UV and not used)


def gcc_image(tools: Iterable[str]) -> str:
    """The image that `tools` take gcc from; `""` if they don't."""
    return next((tool.partition("=")[2] for tool in tools if name_of(tool) == GCC), "")


def name_of(tool: str) -> str:
    """What `tool` is called in few words."""
    return tool.partition("=")[0]
