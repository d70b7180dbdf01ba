"""Write the programs of `native-tools` into a container, and say where they do not work."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from cibuildwheel.oci.container import copy
from cibuildwheel.oci.container.shell import make_folder, write_file
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native.prepare import WITHOUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from subprocess import CalledProcessError


class Container(copy.Container, Protocol):
    """As much of a running container as its tools need."""

    image: str


def write(container: Container, texts: Mapping[str, str], programs: Mapping[str, bytes]) -> None:
    """Write `texts` and `programs`, by their paths, into `container`, and folders for them.

    Raises CalledProcessError with what its shell says.
    """
    files = {**{path: text.encode() for path, text in texts.items()}, **programs}
    folders = dict.fromkeys(str(PurePosixPath(path).parent) for path in files)
    writes = (write_file(path, data) for path, data in files.items())
    steps = [*map(make_folder, folders), *writes, f"chmod 755 {' '.join(programs)}"]
    container.ask_shell(f"{{ {' && '.join(steps)}; }} 2>&1")


def not_working(name: str, container: Container, error: CalledProcessError) -> NativeToolsError:
    """The error for the compiler `name`, which has ended with `error` in `container`."""
    msg = f"The native {name} does not work in the container from {container.image}"
    return NativeToolsError(f"{msg}:\n{error.output}\n{WITHOUT} there.")
