"""A shell for the scripts of these tests."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def exported(script: str, before: Mapping[str, str]) -> list[str]:
    """What a program sees as `NAME=value` behind `script`, run by a shell that has `before`."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"{script}; env"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", **before},
    )
    return done.stdout.splitlines()
