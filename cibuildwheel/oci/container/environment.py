"""The environment of a container as a Python in it would see it, without one being started."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LIST = ("env", "-0")


def parse_environment(listed: str) -> dict[str, str]:
    """The variables that `env -0` has printed, as `os.environ` has them: the first of a name."""
    environment: dict[str, str] = {}
    for entry in listed.split("\0"):
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
