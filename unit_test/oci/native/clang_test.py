from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.image.elf import parse_elf
from cibuildwheel.oci.native import clang
from cibuildwheel.oci.native.clang import Gcc, baseline, configuration, parse_gcc, variables

DEBIAN = "/usr/lib/gcc/aarch64-linux-gnu/14"
TOOLSET = "/opt/rh/gcc-toolset-14/root/usr/lib/gcc/aarch64-redhat-linux/14"
MACROS = "#define __GNUC__ 14\n#define __PIE__ 2\n#define __REGISTER_PREFIX__ \n#define _LP64 1\n"


@pytest.mark.parametrize(
    "library, folder, triple",
    [
        (f"{DEBIAN}/libgcc.a", DEBIAN, "aarch64-linux-gnu"),
        (f"{TOOLSET}/libgcc.a\n", TOOLSET, "aarch64-redhat-linux"),
        (
            "/opt/gcc/lib/gcc/s390x-a-linux/15.1.0/libgcc.a",
            "/opt/gcc/lib/gcc/s390x-a-linux/15.1.0",
            "s390x-a-linux",
        ),
        (
            "/usr/lib/gcc/armv7-alpine-linux-musleabihf/14.2.0/thumb/hard/libgcc.a",
            "/usr/lib/gcc/armv7-alpine-linux-musleabihf/14.2.0",
            "armv7-alpine-linux-musleabihf",
        ),
    ],
)
def test_gcc(library: str, folder: str, triple: str) -> None:
    gcc = parse_gcc([library, MACROS])
    assert (gcc.folder, gcc.triple, gcc.version) == (folder, triple, 14)
    assert gcc.macros["_LP64"] == "1"
    assert gcc.macros["__REGISTER_PREFIX__"] == ""


@pytest.mark.parametrize(
    "library, macros, words",
    [
        ("bash: line 9: gcc: command not found", "the same", "gcc: command not found"),
        ("libgcc.a", MACROS, "^libgcc.a$"),
        (f"{DEBIAN}/libgcc.a", "cc1: fatal error: no room", "cc1: fatal error"),
        (f"{DEBIAN}/libgcc.a", "#define __GNUC__ many", "many"),
    ],
)
def test_no_gcc(library: str, macros: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_gcc([library, macros])


@given(st.lists(st.text(), max_size=3))
def test_whatever_is_said_is_a_gcc_or_a_value_error(said: list[str]) -> None:
    with suppress(ValueError):
        assert parse_gcc(said).version >= 0


def test_this_machine_has_a_gcc() -> None:
    if not shutil.which("gcc") or not shutil.which("bash"):
        pytest.skip("no gcc here")
    said = subprocess.run(["bash", "-c", clang.ASK_GCC], capture_output=True, text=True, check=True)
    gcc = parse_gcc(parse_list(said.stdout))
    assert gcc.triple in gcc.folder
    assert int(gcc.macros["__CHAR_BIT__"]) == 8


# Of gcc 14 of Debian 13, but for what is said.
@pytest.mark.parametrize(
    "architecture, macros, options",
    [
        ("x86_64", {}, []),
        ("aarch64", {"__ARM_ARCH": "8"}, []),
        ("i686", {"__i686__": "1"}, ["-march=i686"]),
        ("i686", {"__SSE2__": "1"}, ["-march=pentium4"]),  # Fedora's
        (
            "armv7l",
            {"__thumb__": "1"},
            ["-march=armv7-a", "-mfpu=vfpv3-d16", "-mfloat-abi=hard", "-mthumb"],
        ),
        (
            "armv7l",
            {"__ARM_NEON": "1"},
            ["-march=armv7-a", "-mfpu=neon", "-mfloat-abi=hard", "-marm"],
        ),
        (
            "ppc64le",
            {"_ARCH_PWR8": "1", "__LONG_DOUBLE_IBM128__": "1"},
            ["-mcpu=pwr8", "-mabi=ibmlongdouble"],
        ),
        # RHEL 9's
        (
            "ppc64le",
            {"_ARCH_PWR8": "1", "_ARCH_PWR9": "1", "__LONG_DOUBLE_IEEE128__": "1"},
            ["-mcpu=pwr9", "-mabi=ieeelongdouble"],
        ),
        ("s390x", {"__ARCH__": "9"}, ["-march=arch9"]),
        ("s390x", {"__ARCH__": "5"}, ["-march=arch8"]),  # clang has none before
        ("s390x", {}, ["-march=arch8"]),
        (
            "riscv64",
            {"__riscv_cmodel_medany": "1"},
            ["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany"],
        ),
        ("riscv64", {}, ["-march=rv64gc", "-mabi=lp64d", "-mcmodel=medlow"]),
    ],
)
def test_baseline(architecture: str, macros: dict[str, str], options: list[str]) -> None:
    assert baseline(architecture, macros) == options


@pytest.mark.parametrize(
    "macros, there, lacking",
    [
        (
            {"__GNUC__": "14", "__PIE__": "2"},
            ["-Wno-error=register"],
            ["-no-pie", "-Wno-error=implicit-int"],
        ),
        ({"__GNUC__": "10"}, ["-no-pie", "-fno-pie", "-Wno-error=implicit-int"], []),
    ],
)
def test_configuration(macros: dict[str, str], there: list[str], lacking: list[str]) -> None:
    lines = configuration("aarch64", Gcc(TOOLSET, "aarch64-redhat-linux", macros)).splitlines()
    assert lines[:2] == ["--target=aarch64-redhat-linux", f"--gcc-install-dir={TOOLSET}"]
    assert set(there) <= set(lines)
    assert not set(lacking) & set(lines)
    assert all(line.startswith("-") for line in lines)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_programs(machine: str) -> None:
    programs = clang.programs(machine)
    assert programs.keys() == {clang.CC, clang.CXX, clang.LINKER}
    assert {str(parse_elf(program)) for program in programs.values()} == {machine}
    assert all(clang.ZIG.encode() in program for program in programs.values())


@pytest.mark.parametrize(
    "architecture, triple, linker",
    [
        ("aarch64", "aarch64-linux-gnu", "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"),
        ("aarch64", "aarch64-alpine-linux-musl", "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER"),
        ("armv7l", "arm-linux-gnueabihf", "CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER"),
        (
            "armv7l",
            "armv7-alpine-linux-musleabihf",
            "CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_LINKER",
        ),
        ("ppc64le", "ppc64le-redhat-linux", "CARGO_TARGET_POWERPC64LE_UNKNOWN_LINUX_GNU_LINKER"),
        ("s390x", "s390x-redhat-linux", "CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER"),
        ("riscv64", "riscv64-linux-gnu", "CARGO_TARGET_RISCV64GC_UNKNOWN_LINUX_GNU_LINKER"),
        ("i686", "i686-linux-gnu", "CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER"),
    ],
)
def test_variables(architecture: str, triple: str, linker: str) -> None:
    assert variables(architecture, triple) == {"CC": clang.CC, "CXX": clang.CXX, linker: clang.CC}
