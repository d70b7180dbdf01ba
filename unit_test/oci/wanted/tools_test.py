from __future__ import annotations

import pytest

from cibuildwheel.oci.wanted.tools import idle_tools, parse_tools


@pytest.mark.parametrize(
    "words, tools",
    [
        ([], ()),
        (["clang"], ("clang",)),
        (["clang"] * 2, ("clang",)),
        (["uv", "clang"], ("clang", "uv")),
    ],
)
def test_tools(words: list[str], tools: tuple[str, ...]) -> None:
    assert parse_tools(words) == tools


@pytest.mark.parametrize("words", [["gcc"], ["clang", "gcc"], ["clang,uv"], ["Clang"]])
def test_no_such_tool(words: list[str]) -> None:
    with pytest.raises(ValueError, match=f"native-tools has no '{words[-1]}': there is clang, uv"):
        parse_tools(words)


@pytest.mark.parametrize(
    "tools, frontends, idle",
    [
        (("clang", "uv"), {"build[uv]"}, ()),
        (("clang", "uv"), {"uv", "pip"}, ()),
        (("clang", "uv"), {"build", "pip"}, ("uv",)),
        (("clang",), {"build"}, ()),
        (("uv",), {"build"}, ("uv",)),
    ],
)
def test_idle_tools(tools: tuple[str, ...], frontends: set[str], idle: tuple[str, ...]) -> None:
    assert idle_tools(tools, frontends) == idle
