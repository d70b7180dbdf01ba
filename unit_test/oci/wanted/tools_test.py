from __future__ import annotations

import pytest

from cibuildwheel.oci.wanted.tools import parse_tools


@pytest.mark.parametrize(
    "words, tools", [([], ()), (["clang"], ("clang",)), (["clang"] * 2, ("clang",))]
)
def test_tools(words: list[str], tools: tuple[str, ...]) -> None:
    assert parse_tools(words) == tools


@pytest.mark.parametrize("words", [["gcc"], ["clang", "gcc"], ["clang,gcc"], ["Clang"]])
def test_no_such_tool(words: list[str]) -> None:
    with pytest.raises(ValueError, match=f"native-tools has no '{words[-1]}': there is clang"):
        parse_tools(words)
