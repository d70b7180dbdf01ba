from __future__ import annotations

import pytest

from cibuildwheel.oci.wanted.tools import gcc_image, idle_tools, name_of, parse_tools


@pytest.mark.parametrize(
    "words, tools",
    [
        ([], ()),
        (["clang"], ("clang",)),
        (["clang"] * 2, ("clang",)),
        (["uv", "clang"], ("clang", "uv")),
        (["uv", "gcc=h.io:5/x@sha256:1"], ("gcc=h.io:5/x@sha256:1", "uv")),
    ],
)
def test_tools(words: list[str], tools: tuple[str, ...]) -> None:
    assert parse_tools(words) == tools


@pytest.mark.parametrize("words", [["gcc"], ["clang", "gcc="], ["clang,uv"], ["Clang"], ["uv=1"]])
def test_no_such_tool(words: list[str]) -> None:
    with pytest.raises(ValueError, match=f"native-tools has no '{words[-1]}': there is clang, gcc"):
        parse_tools(words)


@pytest.mark.parametrize("words", [["clang", "gcc=x"], ["gcc=x", "uv", "gcc=y"]])
def test_two_compilers(words: list[str]) -> None:
    with pytest.raises(ValueError, match=f"native-tools has {words[0]} and {words[-1]}: one of"):
        parse_tools(words)


def test_gcc_image() -> None:
    assert [gcc_image(tools) for tools in (("gcc=x=y", "uv"), ("clang",), ())] == ["x=y", "", ""]
    assert [name_of(tool) for tool in ("gcc=x", "uv")] == ["gcc", "uv"]


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
