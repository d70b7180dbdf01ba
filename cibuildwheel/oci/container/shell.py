"""Questions that the shell of a container answers by itself: no program is started for them.

Each is a line of POSIX shell, for the shell that the container was started with. The variables that
it sets have names that no image exports.
"""

from __future__ import annotations

import re
import shlex
import string
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What has a meaning in a pattern of Python's glob, and the same one in a shell's.
MAGIC = re.compile(r"([*?\[\]!-])")
# A shell reads what it is told byte by byte: more is faster another way.
SMALL = 16 * 1024
IS_THERE = '[ -e "$cibw_" ] || [ -L "$cibw_" ]'
IS_FILE = '[ -f "$cibw_" ]'
IS_PROGRAM = f'{IS_FILE} && [ -x "$cibw_" ]'
PRINT = "printf '%s\\0' \"$cibw_\""
# A zero byte ends what is read, as the end of the file does. Under another locale `-n 1` is a
# character; that a locale is not installed is nothing to say each time.
READ_BYTE = "IFS= LC_ALL=C read -r -d '' -n 1 cibw_b; printf '%s\\0' \"$cibw_b\""
# What BASH_ENV, SHELLOPTS or an entrypoint may have set otherwise, for all that the shell expands.
PLAINLY = "set +f; GLOBIGNORE=; shopt -u failglob nocaseglob dotglob 2>/dev/null || :"


def list_matches(pattern: str) -> str:
    """Print each path that `pattern` of Python's glob matches."""
    parts = (part for part in MAGIC.split(pattern) if part)
    words = "".join(part if MAGIC.fullmatch(part) else shlex.quote(part) for part in parts)
    return f"({PLAINLY}; for cibw_ in {words}; do if {IS_THERE}; then {PRINT}; fi; done)"


def list_programs(paths: Iterable[str]) -> str:
    """Print those of `paths` that are executable files."""
    words = " ".join(map(shlex.quote, paths))
    return f"for cibw_ in {words}; do if {IS_PROGRAM}; then {PRINT}; fi; done"


def find_programs(names: Sequence[str], path: str, cwd: str) -> str:
    """Print, for each of `names`, the first executable file of that name in the folders of `path`.

    It is empty if there is none. `path` is as PATH has it, and `cwd` what a folder is relative to.
    """
    folders = [PurePosixPath(cwd, folder) for folder in path.split(":")]
    finds = []
    for name in names:
        places = " ".join(shlex.quote(str(folder / name)) for folder in folders)
        finds.append(f"for cibw_ in {places} ''; do if {IS_PROGRAM}; then break; fi; done; {PRINT}")
    return "; ".join(finds)


def read_version(prefix: str) -> str:
    """Print the version of the Python that is installed in `prefix`, from its headers.

    Where CPython, PyPy and GraalPy have it; nothing if there are no headers.
    """
    headers = f"{shlex.quote(prefix)}/include/*/patchlevel.h"
    is_it = '[ "$cibw_a $cibw_b" = "#define PY_VERSION" ]'
    look = f"while read -r cibw_a cibw_b cibw_; do if {is_it}; then {PRINT}; break; fi; done"
    return f'for cibw_ in {headers}; do if {IS_FILE}; then {look} <"$cibw_"; break; fi; done'


def read_bytes(files: Sequence[str], count: int) -> str:
    """Print the first `count` bytes of each of `files`, after its name. For bash.

    Each byte is an item of its own, empty for a zero and behind the end of the file. What is no
    file, or can't be opened, is left out.
    """
    words = " ".join(map(shlex.quote, files))
    numbers = " ".join(map(str, range(count)))
    read = f"{{ {PRINT}; for cibw_a in {numbers}; do {READ_BYTE}; done; }}"
    opened = f'{read} 2>/dev/null <"$cibw_"'
    return f"for cibw_ in {words}; do if {IS_FILE}; then {opened} || :; fi; done"


def parse_bytes(said: Sequence[str], count: int) -> dict[str, bytes]:
    """The bytes of each file in the answer to `read_bytes`."""
    records = (said[at : at + 1 + count] for at in range(0, len(said), 1 + count))
    return {
        file: b"".join(byte.encode(errors="surrogateescape") or b"\0" for byte in content)
        for file, *content in records
    }


def parse_list(said: str) -> list[str]:
    """What was printed in answer to one of these."""
    return said.split("\0")[:-1]


def parse_version(said: Sequence[str]) -> str:
    """The version in the answer to `read_version`, or `""`."""
    return said[0].strip('"') if said else ""


def make_folder(path: str) -> str:
    """Make the folder `path`, and those that it is in, if it isn't there. The one use of mkdir."""
    folder = shlex.quote(path)
    return f"[ -d {folder} ] || mkdir -p {folder}"


def write_file(path: str, data: bytes) -> str:
    """Write `data` to the file `path`."""
    return f"printf '{_escaped(data)}' >{shlex.quote(path)}"


def _escaped(data: bytes) -> str:
    """`data` as the format of a printf, in single quotes. No `-` is plain: it begins options."""
    plain = set(map(ord, string.ascii_letters + string.digits + " \n#+,./:;<=>@_"))
    return "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in data)


def list_first(words: str) -> str:
    """Print the first path that is there of `words`, which a shell expands; else an empty one."""
    return f"({PLAINLY}; for cibw_ in {words} ''; do if {IS_THERE}; then break; fi; done; {PRINT})"


def everything_in(path: str) -> str:
    """What a shell expands to all that is in the folder `path`."""
    folder = shlex.quote(path)
    return f"{folder}/* {folder}/.[!.]* {folder}/..?*"


def list_mounts(path: str) -> str:
    """Print the number of the mount that `path` is in, if it can be told.

    From proc_pid_fdinfo(5), which is as long whatever is mounted: of the list of mounts a shell
    reads a line, and then begins again behind it.
    """
    tell = '[ "$cibw_a" != mnt_id: ] || printf \'%s\\0\' "$cibw_b"'
    look = f"while read -r cibw_a cibw_b; do {tell}; done </proc/self/fdinfo/9"
    return f"{{ {look}; }} 2>/dev/null 9<{shlex.quote(path)} || :"


def empty_folder(path: str) -> str:
    """Make `path` an empty folder. Starts rm and mkdir only where it is none."""
    folder = shlex.quote(path)
    everything = everything_in(path)
    return (
        f"if [ -L {folder} ] || [ ! -d {folder} ]; then rm -rf {folder} && mkdir -p {folder}; fi; "
        f"({PLAINLY}; "
        f"for cibw_ in {everything}; do if {IS_THERE}; then rm -rf {everything}; break; fi; done)"
    )
