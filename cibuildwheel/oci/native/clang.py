"""Clang in the place of a container's gcc: its target, its defaults, and how projects find it.

All that it reads and links is the image's own: headers, glibc or musl, libgcc, libstdc++.

Facts: Clang's options and configuration files (https://clang.llvm.org/docs/UsersManual.html,
https://clang.llvm.org/docs/ClangCommandLineReference.html), and gcc's macros for what it builds
for (https://gcc.gnu.org/onlinedocs/cpp/Common-Predefined-Macros.html and the ABI of each machine).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.native.launcher import launcher
from cibuildwheel.oci.native.place import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BIN, ZIG = f"{HOME}/bin", f"{HOME}/zig"
CC, CXX, LINKER = f"{BIN}/clang", f"{BIN}/clang++", f"{BIN}/ld.lld"
CONFIG = f"{HOME}/clang.cfg"
ASK_GCC = (
    'printf \'%s\\0\' "$(gcc -print-libgcc-file-name 2>&1)" "$(gcc -dM -E -x c /dev/null 2>&1)"'
)
# A variant of its libraries may have a folder of its own in that of the version.
PLACE = re.compile(r"(?P<folder>/.*/gcc/(?P<triple>[^/]+)/[^/]+)/(?:.*/)?libgcc\.a")

# By wheel architecture: what Rust calls it (https://doc.rust-lang.org/rustc/platform-support.html).
RUST = {"armv7l": "armv7", "ppc64le": "powerpc64le", "riscv64": "riscv64gc"}

# What gcc only warns of, if at all, and clang refuses: of any gcc, and of those before 14.
LENIENT = ("c++11-narrowing", "register", "reserved-user-defined-literal")
LENIENT_BEFORE_14 = (
    "implicit-function-declaration",
    "implicit-int",
    "incompatible-function-pointer-types",
    "incompatible-pointer-types",
    "int-conversion",
    "return-mismatch",
)


@dataclass(frozen=True)
class Gcc:
    """A container's gcc: the folder of its libraries, its triple, its predefined macros."""

    folder: str
    triple: str
    macros: Mapping[str, str]

    @property
    def version(self) -> int:
        """Its major version."""
        return int(self.macros["__GNUC__"])


def parse_gcc(said: Sequence[str]) -> Gcc:
    """What a container's gcc is, from what was printed in answer to ASK_GCC.

    Raises ValueError, with what was printed, if that is no answer of a gcc.
    """
    library, listed = said
    lines = [line.split(" ", 2) for line in listed.splitlines()]
    macros = {line[1]: " ".join(line[2:]) for line in lines if line[0] == "#define" and line[1:]}
    found = PLACE.fullmatch(library.strip())
    if not found or not macros.get("__GNUC__", "").isdecimal():
        raise ValueError(library.strip() if not found else listed.strip())
    return Gcc(found["folder"], found["triple"], macros)


def configuration(architecture: str, gcc: Gcc) -> str:
    """The configuration file that makes clang build what `gcc` would build."""
    lenient = LENIENT if gcc.version >= 14 else (*LENIENT, *LENIENT_BEFORE_14)
    options = [
        f"--target={gcc.triple}",
        f"--gcc-install-dir={gcc.folder}",
        f"-resource-dir={HOME}/lib",
        f"--ld-path={LINKER}",
        *baseline(architecture, gcc.macros),
        *([] if "__PIE__" in gcc.macros else ["-fno-pie", "-no-pie"]),
        "-Wno-unknown-warning-option",
        "-Wno-unused-command-line-argument",
        "-Wno-ignored-optimization-argument",
        *(f"-Wno-error={name}" for name in lenient),
    ]
    return "\n".join([*options, ""])


def baseline(architecture: str, macros: Mapping[str, str]) -> list[str]:
    """The options that have clang use the instructions and types that gcc's `macros` tell of.

    Nothing is needed where the defaults of both are the same, or clang's need no more.
    """
    match architecture:
        case "i686":
            return ["-march=pentium4" if "__SSE2__" in macros else "-march=i686"]
        case "armv7l":
            neon = "neon" if "__ARM_NEON" in macros else "vfpv3-d16"
            thumb = "-mthumb" if "__thumb__" in macros else "-marm"
            return ["-march=armv7-a", f"-mfpu={neon}", "-mfloat-abi=hard", thumb]
        case "ppc64le":
            newest = next((n for n in (11, 10, 9) if f"_ARCH_PWR{n}" in macros), 8)
            double = "ieee" if "__LONG_DOUBLE_IEEE128__" in macros else "ibm"
            return [f"-mcpu=pwr{newest}", f"-mabi={double}longdouble"]
        case "s390x":
            return [f"-march=arch{max(8, int(macros.get('__ARCH__', '8')))}"]
        case "riscv64":
            model = "medany" if "__riscv_cmodel_medany" in macros else "medlow"
            return ["-march=rv64gc", "-mabi=lp64d", f"-mcmodel={model}"]
    return []


def programs(machine: str) -> dict[str, bytes]:
    """The programs that start clang and its linker, for the architecture of an engine's machine."""
    configured = f"--config={CONFIG}"
    starts = {
        CC: ("clang", configured),
        CXX: ("clang", "--driver-mode=g++", configured),
        # GNU ld takes a version script that names what is not there
        LINKER: ("ld.lld", "--undefined-version"),
    }
    return {path: launcher(machine, ZIG, ("zig", *words)) for path, words in starts.items()}


def variables(architecture: str, triple: str) -> dict[str, str]:
    """The environment by which build systems find the compiler and Cargo its linker."""
    libc = "musl" if "musl" in triple else "gnu"
    abi = "eabihf" if architecture == "armv7l" else ""
    target = f"{RUST.get(architecture, architecture)}_unknown_linux_{libc}{abi}"
    return {"CC": CC, "CXX": CXX, f"CARGO_TARGET_{target.upper()}_LINKER": CC}
