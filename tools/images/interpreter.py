"""Debian's Python for the machine that images are made on, whatever Python that has itself."""

import platform
from pathlib import Path

from tools.cache import cached_folder, made_by
from tools.images.base import Suite
from tools.images.debian import unpacked
from tools.images.errors import ImageError
from tools.images.ports import PORTS
from tools.unpack import unpack


def interpreter(suite: Suite) -> Path:
    """A program that is the Python of `suite`, run by its own loader with its own libraries.

    Raises ImageError if Debian has none for this machine, or can't be reached.
    """
    machines = {port.machine: port.debian for port in PORTS.values()}
    if platform.machine() not in machines:
        msg = f"images are made on Debian's architectures, and {platform.machine()} is none of them"
        raise ImageError(msg)
    architecture = machines[platform.machine()]

    def make(target: Path) -> None:
        with unpacked(architecture, suite.name, ["python3"]) as tar:
            unpack(tar, target, [member for member in tar if member.name.startswith("./usr/")])
        program = target / "python"
        program.write_text(_script(target, suite))
        program.chmod(0o755)

    recipe = {"suite": suite.name, "on": architecture, "made by": made_by(__file__)}
    return cached_folder("images/interpreter", recipe, make) / "python"


def _script(root: Path, suite: Suite) -> str:
    loader = _one(root, "usr/lib*/**/ld-linux*.so.*")
    libraries = _one(root, "usr/lib/*/libc.so.6").parent
    return f"""#!/bin/sh
here=$(dirname "$0")
export PYTHONHOME="$here/usr" PYTHONDONTWRITEBYTECODE=1
exec "$here/{loader}" --library-path "$here/{libraries}" "$here/usr/bin/python{suite.python}" "$@"
"""


def _one(root: Path, pattern: str) -> Path:
    found = [path for path in sorted(root.glob(pattern)) if path.is_file()]
    if not found:
        msg = f"{root} holds no {pattern}: is the suite laid out in a new way?"
        raise ImageError(msg)
    return found[0].relative_to(root)
