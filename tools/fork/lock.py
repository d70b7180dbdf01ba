"""Pin a release of upstream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.fork import release
from tools.fork.files import PACKAGE, format_sums

if TYPE_CHECKING:
    from pathlib import Path


def lock(root: Path, version: str) -> None:
    """Write upstream/ for the release `version`, and name it in pyproject.toml.

    The fork's version becomes `version` with the local part `platform.1`.
    """
    made = release.make_lock(root, version)
    files = release.wheel_files(release.wheel(root, version))
    folder = root / "upstream"
    folder.mkdir(exist_ok=True)
    (folder / "lock.toml").write_text(
        "# Written by `python -m tools.fork lock`.\n"
        f'version = "{made.version}"\nwheel = "{made.wheel}"\nsdist = "{made.sdist}"\n'
    )
    (folder / "SHA256SUMS").write_text(format_sums(files))
    project = root / "pyproject.toml"
    text = project.read_text("utf-8")
    text = re.sub(rf'"{PACKAGE}===[^"]+"', f'"{PACKAGE}==={version}"', text)
    text = re.sub(r'(?m)^version = "[^"]+"', f'version = "{version}+platform.1"', text)
    project.write_text(text, "utf-8")
