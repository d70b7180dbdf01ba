"""The parts of our metadata that are upstream's, as the fields of a `[project]` table."""

from __future__ import annotations

import configparser
import email
import re
from typing import TYPE_CHECKING, Any

from tools.fork.errors import ForkError

if TYPE_CHECKING:
    from tools.fork.files import Files

#: Where the build puts upstream's licence, for `project.license-files`.
LICENSE = "upstream/LICENSE"

_EXTRA = re.compile(r"(?P<requirement>.+?) *; *extra == '(?P<extra>[^']+)'")


def project_fields(release: Files, dist_info: str) -> dict[str, Any]:
    """Return classifiers, dependencies, extras and entry points of the verified `release`.

    Raises `ForkError` for a requirement that this cannot sort into dependencies and extras.
    """
    core = email.message_from_bytes(release[f"{dist_info}/METADATA"])
    extras: dict[str, list[str]] = {name: [] for name in core.get_all("Provides-Extra", [])}
    dependencies = []
    for requirement in core.get_all("Requires-Dist", []):
        if match := _EXTRA.fullmatch(requirement):
            extras[match["extra"]].append(match["requirement"])
        elif "extra" in requirement.partition(";")[2]:
            raise ForkError(f"{dist_info}/METADATA: cannot sort {requirement!r} into an extra")
        else:
            dependencies.append(requirement)
    entry_points = _entry_points(release[f"{dist_info}/entry_points.txt"])
    return {
        "classifiers": core.get_all("Classifier", []),
        "dependencies": dependencies,
        "optional-dependencies": extras,
        "scripts": entry_points.pop("console_scripts", {}),
        "entry-points": entry_points,
    }


def requires_python(release: Files, dist_info: str) -> str:
    """Return the Python versions that the verified `release` asks for."""
    return str(email.message_from_bytes(release[f"{dist_info}/METADATA"])["Requires-Python"])


def _entry_points(text: bytes) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keep upper case
    parser.read_string(text.decode())
    return {name: dict(parser[name]) for name in parser.sections()}
