from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.container.environment import (
    is_what_python_sees,
    list_environment,
    parse_environment,
)
from cibuildwheel.oci.container.shell import parse_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.mark.parametrize(
    ("listed", "environment"),
    [
        ([], {}),
        (["A=1", "B=x=y", "C="], {"A": "1", "B": "x=y", "C": ""}),
        (["A=new\nline"], {"A": "new\nline"}),
        (["A=1", "A=2", "junk"], {"A": "1"}),
    ],
)
def test_parse(listed: list[str], environment: dict[str, str]) -> None:
    assert parse_environment(listed) == environment


@given(st.lists(st.text()))
def test_any_text(listed: list[str]) -> None:
    parse_environment(listed)


def ask(question: str, environment: Mapping[str, str]) -> dict[str, str]:
    said = subprocess.run(
        ["bash", "-c", question], capture_output=True, check=True, env=environment
    )
    assert said.stderr == b""
    return parse_environment(parse_list(said.stdout.decode(errors="surrogateescape")))


def test_this_machine(tmp_path: Path) -> None:
    own = {"PATH": os.environ["PATH"], "ODD": "a\nb=\udcff", "EMPTY": ""}
    assert own.items() <= ask(list_environment(""), own).items()
    folder = tmp_path / "it's"
    folder.mkdir()
    assert ask(list_environment(str(folder)), own)["PWD"] == str(folder)


def test_an_env_that_can_not_list_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(
        "#!/bin/sh\necho A=1\necho 'unrecognized option: 0' >&2\nexit 1\n"
    )
    (tmp_path / "env").chmod(0o755)
    assert ask(list_environment(""), {"PATH": f"{tmp_path}:{os.environ['PATH']}"}) == {}


@pytest.mark.parametrize(
    ("environment", "known"),
    [
        ({}, False),
        ({"LC_ALL": ""}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "en_US.UTF-8"}, True),
        ({"PYTHONCOERCECLOCALE": "0"}, True),
        ({"PYTHONCOERCECLOCALE": "warn"}, False),
    ],
)
def test_what_python_adds(environment: dict[str, str], known: bool) -> None:
    assert is_what_python_sees(environment) == known
