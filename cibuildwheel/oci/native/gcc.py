"""The compilers proper of a cross gcc in the place of those of an image's gcc, of the same build.

The image's own driver stays: it chooses options, paths and libraries as before, and starts `cc1`,
`cc1plus` and `as`, which it looks for in COMPILER_PATH first, there in a folder of its own machine
and version (https://gcc.gnu.org/onlinedocs/gcc/Environment-Variables.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.native.launcher import launcher
from cibuildwheel.oci.native.place import HOME

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = f"{HOME}/gcc"
TRIAL = f"{FOLDER}/trial"
# Has nothing of its own: gcc of another version, or for another machine, would start that.
SEARCHED = f"{FOLDER}/searched"
PROGRAMS = ("cc1", "cc1plus", "as")
# What each of them compiles, as gcc calls it.
LANGUAGES = {"cc1": "c", "cc1plus": "c++"}
LOADER, LIBRARIES = "lib/ld.so", "lib"
VARIABLE = "COMPILER_PATH"
# `cc1` tells its version, the distribution's with it, and what it compiles for.
_IDENTIFY = (
    '{gcc} -dumpmachine; {gcc} -dumpversion; "$({gcc} -print-prog-name=cc1)" -quiet -version '
    '-o /dev/null /dev/null; "$({gcc} -print-prog-name=as)" --version'
)
ASK, FOUND = _IDENTIFY.format(gcc="gcc"), '"$gcc"'
MACHINE = re.compile(r"[\w.]+(?:-[\w.]+)+")
VERSION = re.compile(r"\d[\w.]*")
SAYS = re.compile(r"^(?:GNU C\d+ (?P<cc1>.*)|(?P<as>GNU assembler .*))$", re.MULTILINE)


@dataclass(frozen=True)
class Identity:
    """Which gcc it is: its machine and version by its own folders, and what its programs say."""

    machine: str
    version: str
    cc1: str
    assembler: str

    def __str__(self) -> str:
        """As in a message."""
        return f"{self.cc1} with {self.assembler}"


def parse_identity(said: str) -> Identity | None:
    """The gcc that answered ASK or `ask_cross`; None if none did."""
    machine, version, *_ = [*said.splitlines(), "", ""]
    found = (pair for line in SAYS.finditer(said) for pair in line.groupdict().items())
    programs = {name: word for name, word in found if word}
    if not (MACHINE.fullmatch(machine) and VERSION.fullmatch(version) and len(programs) == 2):
        return None
    return Identity(machine, version, programs["cc1"], programs["as"])


def ask_cross(own: Identity) -> str:
    """Have a shell of the image that holds the cross gcc tell of the one for `own`."""
    return f"{_find(own)} && {{ {_IDENTIFY.format(gcc=FOUND)}; }}"


def collect_cross(own: Identity) -> str:
    """Have a shell there print a tar archive of the programs, their loader and their libraries."""
    names = " ".join(PROGRAMS)
    copy = 'path=$("$gcc" -print-prog-name=$name); cp -L "$(command -v "$path")" "$to/$name"'
    library = f'case $library in /*) cp -L "$library" "$to/{LIBRARIES}/" ;; esac'
    loader = f'case $name in /*) cp -L "$name" "$to/{LOADER}" ;; esac'
    read = f"while read -r name arrow library rest; do {library}; {loader}; done"
    return (
        f'set -e; {_find(own)}; to=$(mktemp -d); mkdir "$to/{LIBRARIES}"; '
        f"for name in {names}; do {copy}; done; "
        f'for name in {names}; do ldd "$to/$name"; done | {read}; '
        'tar -cf - -C "$to" .'
    )


def _find(own: Identity) -> str:
    names = f"{own.machine}-gcc-{own.version} {own.machine}-gcc"
    return f'gcc=; for name in {names}; do gcc=$(command -v $name) && break; done; [ -n "$gcc" ]'


def ask_headers() -> str:
    """Have a shell print where the image's gcc looks for headers, for each of LANGUAGES."""
    ask = "gcc -E -v -x {} /dev/null 2>&1"
    said = (f'"$({ask.format(language)})"' for language in LANGUAGES.values())
    # where programs that are installed meanwhile may put some
    return f"mkdir -p /usr/local/include; printf '%s\\0' {' '.join(said)}"


def parse_headers(said: str) -> list[str]:
    """The folders in what `gcc -v` said."""
    _, _, rest = said.partition("#include <...> search starts here:\n")
    listed, end, _ = rest.partition("End of search list.")
    return [line.strip() for line in listed.splitlines()] if end else []


def programs(machine: str, own: Identity, headers: Sequence[Sequence[str]]) -> dict[str, bytes]:
    """The programs in SEARCHED that start those in FOLDER, for an architecture of a machine.

    `headers` are the folders for each of LANGUAGES, in the place of those that a cross gcc has.
    """
    options = {
        name: ["-nostdinc", *(["-nostdinc++"] if name == "cc1plus" else []), *_after(folders)]
        for name, folders in zip(LANGUAGES, headers, strict=True)
    }
    started = {}
    for name in PROGRAMS:
        words = [name, "--library-path", f"{FOLDER}/{LIBRARIES}", f"{FOLDER}/{name}"]
        start = launcher(machine, f"{FOLDER}/{LOADER}", [*words, *options.get(name, [])])
        started[f"{SEARCHED}/{own.machine}/{own.version}/{name}"] = start
    return started


def _after(folders: Sequence[str]) -> list[str]:
    return [word for folder in folders for word in ("-idirafter", folder)]


def export() -> str:
    """Have a shell tell gcc of SEARCHED, before what it is told already."""
    return f'export {VARIABLE}="{SEARCHED}${{{VARIABLE}:+:${VARIABLE}}}"'


def try_same() -> str:
    """Have a shell compile the programs of the trial in either way; what differs is an error."""
    own = f"env -u {VARIABLE} gcc"
    steps = [f'[ "$(gcc -print-prog-name=cc1)" != "$({own} -print-prog-name=cc1)" ]']
    for source in ("trial.c", "trial.cpp"):
        options = f"-O2 -c {source} -o"
        steps += [
            f"gcc {options} native.o",
            f"{own} {options} emulated.o",
            "cmp native.o emulated.o",
        ]
    told = "; ".join(f"echo '+ {step}'; {step} || exit" for step in steps)
    return f"( cd {TRIAL} || exit; {told} ) 2>&1"
