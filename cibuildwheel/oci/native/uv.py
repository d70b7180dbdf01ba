"""Uv in the place of an image's own: of which version that is, and how it is asked.

Facts: `uv --version` and what uv goes by (https://docs.astral.sh/uv/reference/cli/).
"""

from __future__ import annotations

import re
import shlex
import uuid
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.cpu import VARIABLE
from cibuildwheel.oci.engine.reach import change
from cibuildwheel.oci.native.place import HOME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.engine.describe import Engine

BIN = f"{HOME}/uv"
UV = f"{BIN}/uv"
VERSION = re.compile(r"^uv (\d[\w.+!-]*)", re.ASCII | re.MULTILINE)
# For a container to be made, a shell and uv to start under emulation, and all of it to end.
ASK_SECONDS = 60.0


def ask_image(engine: Engine, image: str, create_args: Sequence[str], cpu: str) -> str | None:
    """The version of uv in the stored `image`, `""` if it has none; None if it can't be asked.

    `create_args` are what creates a container of it, `cpu` the `QEMU_CPU` that it is to have.
    Nothing is left in `engine`.
    """
    container, mark = f"cibuildwheel-{uuid.uuid4()}", str(uuid.uuid4())
    flags = ("--rm", "--interactive", f"--name={container}", "--network=none", *create_args)
    answer = None
    try:
        question = ask_in_shell(mark, cpu).encode()
        command = ("run", *flags, image, "/bin/bash")
        answer = change(engine.address, *command, stdin=question, seconds=ASK_SECONDS)
        return parse_answer(answer.stdout, mark)
    finally:
        if answer is None or not answer.ok:  # else --rm has removed it
            change(engine.address, "kill", container)
            change(engine.address, "rm", "--force", container)


def ask_in_shell(mark: str, cpu: str) -> str:
    """What a shell is told, to print what uv says between two `mark`s.

    By its input, as an image's entrypoint may garble more than one word.
    """
    export = f'export {VARIABLE}="${{{VARIABLE}-{cpu}}}"; ' if cpu else ""
    return f"\n{export}echo {mark}; uv --version 2>&1 </dev/null; echo {mark}\n"


def parse_answer(said: str, mark: str) -> str | None:
    """The version in the answer to `ask_in_shell`; `""` if that is no uv's, None if it is none."""
    _, *parts = said.split(f"{mark}\n")
    return parse_version(parts[0]) if len(parts) == 2 else None


def ask_version(path: str) -> str:
    """Have a shell print where uv is on `path`, as PATH has it, and what that says; or nothing."""
    there = f"PATH={shlex.quote(path)}"
    where = f"cibw_=$({there}; command -v uv)"
    says = f"$({there}; uv --version 2>&1 </dev/null)"
    return f'{where} && printf \'%s\\0\' "$cibw_" "{says}" || :'


def parse_version(said: str) -> str:
    """The version in what `uv --version` said; `""` if that is no answer of uv's."""
    found = VERSION.search(said)
    return found[1] if found else ""
