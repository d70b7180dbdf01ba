from __future__ import annotations

import subprocess

import pytest

from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.native.clang import CC, CXX
from cibuildwheel.oci.native.environment import (
    ASK,
    export,
    named_compiler,
    own_compiler,
    parse_compilers,
)
from unit_test.oci.native.shell import exported

OURS = {"CC": CC, "CXX": CXX}


@pytest.mark.parametrize(
    "before, named",
    [
        ({}, {}),
        ({"CC": "gcc -m32"}, {"CC": "gcc -m32"}),
        ({"CC": "", "CXX": "x=y"}, {"CXX": "x=y"}),
    ],
)
def test_ask(before: dict[str, str], named: dict[str, str]) -> None:
    done = subprocess.run(["sh", "-c", ASK], capture_output=True, text=True, check=True, env=before)
    assert parse_compilers(parse_list(done.stdout)) == named


@pytest.mark.parametrize("before, found", [({}, CXX), ({"CXX": "x"}, "x")])
def test_export(before: dict[str, str], found: str) -> None:
    names = [line for line in exported(export(OURS), before) if line.startswith("CXX=")]
    assert names == [f"CXX={found}"]


@pytest.mark.parametrize(
    "environment, own",
    [
        (OURS, ""),
        ({**OURS, "CC": "gcc"}, "CC=gcc"),
        ({"CC": "gcc", "CXX": "g++"}, "CC=gcc CXX=g++"),
        ({"CC": CC}, ""),
        ({"CC": ""}, "CC="),
    ],
)
def test_own_compiler(environment: dict[str, str], own: str) -> None:
    assert own_compiler(environment) == own


@pytest.mark.parametrize(
    "entries, named",
    [
        (["PATH=/usr/bin", "LANG=C"], ""),
        (["PATH=/usr/bin", "CC=musl-gcc", "CCC=x"], "CC=musl-gcc"),
        (["CXX=g++ -m32", "CC="], "CXX=g++ -m32"),
        (["CC"], ""),
        ([], ""),
    ],
)
def test_named_compiler(entries: list[str], named: str) -> None:
    assert named_compiler(entries) == named
