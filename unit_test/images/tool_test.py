import os
from pathlib import Path

import pytest

from tools.images.errors import ImageError
from tools.images.tool import LAST_LINES, run_tool

ENV = {"PATH": os.defpath}


def test_tool_runs_in_its_folder(tmp_path: Path) -> None:
    run_tool(["sh", "-c", 'printf "$OF" >made'], tmp_path, {**ENV, "OF": "this"})
    assert (tmp_path / "made").read_text() == "this"


def test_tool_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no-such-tool is not installed: apt-get install no-such"):
        run_tool(["no-such-tool"], tmp_path, ENV)


def test_tool_fails(tmp_path: Path) -> None:
    script = "seq 100; printf 'said \\377\\n' >&2; exit 3"
    with pytest.raises(ImageError) as raised:
        run_tool(["sh", "-c", script], tmp_path, ENV)
    first, *rest = str(raised.value).splitlines()
    assert first == f"sh failed (exit code 3): {100 - LAST_LINES + 2}"
    assert rest[-2:] == ["100", r"said \xff"]
