"""Uv in the place of an image's own: of which version that is, and how it is asked.

Facts: `uv --version` and what uv goes by (https://docs.astral.sh/uv/reference/cli/).
"""

from __future__ import annotations

import re
import shlex

from cibuildwheel.oci.native.place import HOME

BIN = f"{HOME}/uv"
UV = f"{BIN}/uv"
ASK = "uv --version"
VERSION = re.compile(r"^uv (\d[\w.+!-]*)", re.ASCII | re.MULTILINE)


def ask_version(path: str) -> str:
    """Have a shell print where uv is on `path`, as PATH has it, and what that says; or nothing."""
    there = f"PATH={shlex.quote(path)}"
    where = f"cibw_=$({there}; command -v uv)"
    says = f"$({there}; {ASK} 2>&1 </dev/null)"
    return f'{where} && printf \'%s\\0\' "$cibw_" "{says}" || :'


def parse_version(said: str) -> str:
    """The version in what `uv --version` said; `""` if that is no answer of uv's."""
    found = VERSION.search(said)
    return found[1] if found else ""
