"""The environment of a container as a Python in it would see it, without one being started."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def list_environment(cwd: str) -> str:
    """Print the variables of a program that is started in the folder `cwd`, `""` for any.

    Nothing is printed by an `env` without `-0`, as that of BusyBox 1.32
    (https://github.com/vigna/ne/issues/78).
    """
    enter = f"cd {shlex.quote(cwd)}; " if cwd else ""
    return f"({enter}env -0) 2>/dev/null || :"


def parse_environment(listed: Iterable[str]) -> dict[str, str]:
    """The variables in the answer to `list_environment`, as `os.environ` has them.

    That is the first of a name.
    """
    environment: dict[str, str] = {}
    for entry in listed:
        name, equals, value = entry.partition("=")
        if equals:
            environment.setdefault(name, value)
    return environment


def is_what_python_sees(environment: Mapping[str, str]) -> bool:
    """Whether a Python would surely add nothing to `environment`.

    In the locale C it sets LC_CTYPE, for itself and for what it starts, unless LC_ALL or
    PYTHONCOERCECLOCALE keep it from that (https://peps.python.org/pep-0538/). What LANG comes to
    depends on the locales that are installed.
    """
    return bool(environment.get("LC_ALL")) or environment.get("PYTHONCOERCECLOCALE") == "0"
