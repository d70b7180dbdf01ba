"""Copy a folder into a container by the engine, for which no emulated program has to run.

The result is that of `tar -x --no-same-owner` in the container: all belongs to root and has the
modes, times and links that it has here.
"""

from __future__ import annotations

import shlex
import stat
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from cibuildwheel.logger import log
from cibuildwheel.oci.engine.process import Answer, change, pipe
from cibuildwheel.oci.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cibuildwheel.oci.wanted.want import EngineName

# A megabyte at once: with tar's 10 kB the engine takes up to twice as long.
GNU = ("tar", "-c", "-b", "2048", "--owner=0", "--group=0", "--numeric-owner", "-f", "-", ".")
# libarchive's, which macOS and Windows have.
BSD = (*GNU[:4], "--format=gnutar", "--uid=0", "--gid=0", *GNU[6:])
ROOT = "0"
NEW_FOLDER = 0o755


class Container(Protocol):
    """As much of a running container as a copy needs."""

    @property
    def engine_name(self) -> EngineName:
        """The command of its engine."""

    @property
    def name(self) -> str | None:
        """What the engine knows it by."""

    def ask_shell(self, question: str) -> list[str]:
        """What its shell prints, split at zero bytes."""


def copy_folder(container: Container, source: Path, folder: str) -> None:
    """Copy what `source` holds into `folder` of `container`, which is there.

    Warns of what tar can't read, and of an engine that can't copy: then a tar in the container
    does. Raises CopyError in the words of who failed, if that does.
    """
    engine, name = container.engine_name, str(container.name)
    if can_take_archive(container.ask_shell(ask_place(folder))):
        answer = _by_engine(engine, name, source, folder)
        if answer.ok:
            mode = stat.S_IMODE(source.stat().st_mode)
            if mode != NEW_FOLDER:  # engines leave that of the folder itself as it is
                container.ask_shell(f"chmod {mode:o} {shlex.quote(folder)}")
            return
        log.warning(f"{engine} can't copy into the container by itself: {answer.complaint}")
    unpack = ("tar", "--no-same-owner", "-xC", folder, "-f", "-")
    answer = _packed(source, (engine, "exec", "-i", name, *unpack))
    if not answer.ok:
        msg = f"{source} can't be copied to {folder} in the container: {answer.complaint}"
        raise CopyError(f"{msg}\nFix: Check that {folder} can be written to and has room for it.")


def ask_place(folder: str) -> str:
    """Have a container's shell print who it is, where `folder` is, and where each tmpfs is."""
    place = f"cd -P {shlex.quote(folder)} && pwd"
    fields = " ".join(["cibw_"] * 4)
    is_tmpfs = "case $cibw_b in *' - tmpfs '*) printf '%s\\0' \"$cibw_a\" ;; esac"
    mounts = f"while read -r {fields} cibw_a cibw_b; do {is_tmpfs}; done </proc/self/mountinfo"
    return f'printf \'%s\\0\' "${{EUID-$(id -u)}}" "$({place})"; {mounts} || :'


def can_take_archive(place: Sequence[str]) -> bool:
    """Whether what an engine copies ends up where a program in the container would put it.

    `place` is what was printed in answer to `ask_place`. Docker does not see what is mounted inside
    of a container only (https://docs.docker.com/reference/cli/docker/container/cp/), and what it
    copies belongs to root.
    """
    user, folder, *mounts = place
    return user == ROOT and not any(PurePosixPath(folder).is_relative_to(at) for at in mounts)


def _by_engine(engine: EngineName, name: str, source: Path, folder: str) -> Answer:
    if engine == "podman":
        # `podman cp -` fails now and then, when it has closed the pipe at the end of the archive
        return change(engine, "cp", f"{source}/.", f"{name}:{folder}", seconds=None)
    return _packed(source, (engine, "cp", "-", f"{name}:{folder}"))


def _packed(source: Path, command: Sequence[str]) -> Answer:
    """The answer to `command`, given an archive of `source`."""
    packed, answer = pipe(GNU if sys.platform == "linux" else BSD, command, cwd=source)
    # an engine that has read to the end of the archive closes the pipe: tar dies without a word
    if answer.ok and not packed.ok and packed.stderr.strip():
        log.warning(f"Not all of {source} could be copied as it is: {packed.stderr.strip()}")
    return answer
