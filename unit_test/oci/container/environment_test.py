from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.container.environment import LIST, is_what_python_sees, parse_environment


@pytest.mark.parametrize(
    ("listed", "environment"),
    [
        ("", {}),
        ("A=1\0B=x=y\0C=\0", {"A": "1", "B": "x=y", "C": ""}),
        ("A=new\nline\0", {"A": "new\nline"}),
        ("A=1\0A=2\0junk\0", {"A": "1"}),
    ],
)
def test_parse(listed: str, environment: dict[str, str]) -> None:
    assert parse_environment(listed) == environment


@given(st.text())
def test_any_text(listed: str) -> None:
    parse_environment(listed)


def test_this_machine() -> None:
    own = {"PATH": os.environ["PATH"], "ODD": "a\nb=\udcff", "EMPTY": ""}
    said = subprocess.run(LIST, stdout=subprocess.PIPE, check=True, env=own).stdout
    assert parse_environment(said.decode(errors="surrogateescape")) == own


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
