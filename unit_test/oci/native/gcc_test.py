from __future__ import annotations

import subprocess

import pytest

from cibuildwheel.oci.image.elf import parse_elf
from cibuildwheel.oci.native import gcc
from cibuildwheel.oci.native.gcc import FOLDER, SEARCHED, Identity, parse_headers, parse_identity
from unit_test.oci.native.shell import exported

# What Debian's gcc said under emulation.
CC1 = "(Debian 14.2.0-19) version 14.2.0 (aarch64-linux-gnu)"
AS = "GNU assembler (GNU Binutils for Debian) 2.44"
SAID = f"""\
aarch64-linux-gnu
14
GNU C17 {CC1}
\tcompiled by GNU C version 14.2.0, GMP version 6.3.0, MPFR version 4.2.1, MPC version 1.3.1

warning: MPFR header version 4.2.1 differs from library version 4.2.2.
GGC heuristics: --param ggc-min-expand=100 --param ggc-min-heapsize=131072
{AS}
Copyright (C) 2025 Free Software Foundation, Inc.
This program is free software; you may redistribute it under the terms of
the GNU General Public License version 3 or later.
This program has absolutely no warranty.
This assembler was configured for a target of `aarch64-linux-gnu'.
"""
OWN = Identity("aarch64-linux-gnu", "14", CC1, AS)
HEADERS = """\
ignoring nonexistent directory "/usr/local/include/aarch64-linux-gnu"
#include "..." search starts here:
#include <...> search starts here:
 /usr/lib/gcc/aarch64-linux-gnu/14/include
 /usr/local/include
 /usr/include/aarch64-linux-gnu
 /usr/include
End of search list.
"""


@pytest.mark.parametrize(
    "said, identity",
    [
        (SAID, OWN),
        (f"{SAID}uv 0.13.9\n", OWN),
        (SAID.replace(AS, "as: not found"), None),
        (SAID.replace("GNU C17", "clang"), None),
        ("sh: gcc: not found\n" * 4, None),
        ("aarch64-linux-gnu\n", None),
        ("", None),
    ],
)
def test_parse_identity(said: str, identity: Identity | None) -> None:
    assert parse_identity(said) == identity


def test_parse_headers() -> None:
    assert parse_headers(HEADERS) == [
        "/usr/lib/gcc/aarch64-linux-gnu/14/include",
        "/usr/local/include",
        "/usr/include/aarch64-linux-gnu",
        "/usr/include",
    ]
    assert parse_headers("gcc: not found") == []


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_programs(machine: str) -> None:
    programs = gcc.programs(machine, OWN, [["/c"], ["/c++", "/c"]])
    names = {path.rpartition("/")[2]: content for path, content in programs.items()}
    assert set(names) == {"cc1", "cc1plus", "as"}
    assert all(path.startswith(f"{SEARCHED}/aarch64-linux-gnu/14/") for path in programs)
    assert {str(parse_elf(content)) for content in programs.values()} == {machine}
    words = names["cc1plus"].rstrip(b"\0").split(b"\0")
    assert words[-6:] == [
        b"-nostdinc",
        b"-nostdinc++",
        b"-idirafter",
        b"/c++",
        b"-idirafter",
        b"/c",
    ]
    assert f"{FOLDER}/as".encode() in names["as"]
    assert b"-nostdinc" not in names["as"]


@pytest.mark.parametrize(
    "before, after", [({}, SEARCHED), ({"COMPILER_PATH": "/own"}, f"{SEARCHED}:/own")]
)
def test_export(before: dict[str, str], after: str) -> None:
    assert f"COMPILER_PATH={after}" in exported(gcc.export(), before)


def test_scripts_are_shell() -> None:
    questions = (gcc.ASK, gcc.ask_cross(OWN), gcc.collect_cross(OWN), gcc.ask_headers())
    for script in (*questions, gcc.try_same()):
        subprocess.run(["/bin/sh", "-n", "-c", script], check=True)


def test_what_is_not_there_is_an_error() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", gcc.collect_cross(Identity("no-such-machine", "1", "", ""))],
        capture_output=True,
        check=False,
    )
    assert (done.returncode != 0, done.stdout) == (True, b"")
