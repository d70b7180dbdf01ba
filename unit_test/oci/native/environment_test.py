from __future__ import annotations

import subprocess

import pytest

from cibuildwheel.oci.native.clang import CC, CXX
from cibuildwheel.oci.native.environment import export, own_compiler

OURS = {"CC": CC, "CXX": CXX}


@pytest.mark.parametrize(
    "before, found",
    [({}, [CC, CXX]), ({"CC": "gcc -m32"}, ["gcc -m32", CXX]), ({"CC": "", "CXX": "x"}, ["", "x"])],
)
def test_export(before: dict[str, str], found: list[str]) -> None:
    script = f"{export(OURS)}; env | grep ^CXX="
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", **before},
    )
    *values, exported = done.stdout.decode().split("\0")
    assert (values, exported) == (found, f"CXX={found[1]}\n")


@pytest.mark.parametrize(
    "environment, own",
    [
        (OURS, ""),
        ({**OURS, "CC": "gcc"}, "CC=gcc"),
        ({"CC": "gcc", "CXX": "g++"}, "CC=gcc CXX=g++"),
        ({"CC": CC}, "CXX="),
    ],
)
def test_own_compiler(environment: dict[str, str], own: str) -> None:
    assert own_compiler(environment) == own
