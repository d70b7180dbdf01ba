"""Copy into a container and out of it: all of it, or one error.

The engine does it, natively, where that does what a program in the container would, and where it is
quick; else a tar in the container does, which may be emulated. Either way what is copied in belongs
to the user of the container, and has the modes, times and links that it has here.
"""

from __future__ import annotations

import shlex
import stat
import tarfile
import uuid
from functools import partial
from pathlib import PurePosixPath
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Protocol

from cibuildwheel.logger import log
from cibuildwheel.oci.container.archive import Packer, compressed, unpack
from cibuildwheel.oci.container.shell import (
    SMALL,
    everything_in,
    list_first,
    list_mounts,
    make_folder,
    write_file,
)
from cibuildwheel.oci.engine.describe import Store
from cibuildwheel.oci.engine.process import Answer, change, drain, feed
from cibuildwheel.oci.engine.ssh import ssh_of
from cibuildwheel.oci.engine.ticking import told
from cibuildwheel.oci.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.plan.settled import Settled

# Docker before 23 mounts all that a container has mounted once more at each `docker cp`, and leaves
# it so (https://github.com/moby/moby/issues/43390): with `/:/host`, four times as much each time.
COPIES_ASIDE = (1, 42)
# Podman 4.3 leaves each archive that it is given in its temporary folder; 5.4 does not (seen).
TIDIES_UP = (5,)
ROOT = "0"
NEW_FOLDER = 0o755
BOTH = 2
NAMED = 10
CUT = "it took an archive that it had not read to its end"


class Container(Protocol):
    """As much of a running container as a copy needs."""

    settled: Settled | None

    @property
    def engine_name(self) -> str:
        """The command of its engine."""

    @property
    def name(self) -> str | None:
        """What the engine knows it by."""

    def ask_shell(self, question: str) -> list[str]:
        """What its shell prints, split at zero bytes."""


def copy_into(container: Container, source: Path, target: str) -> None:
    """Copy the file `source` to `target` of `container`; of a folder, what is in it, into that.

    Folders are made as needed. Warns of what can't be read here, and of an engine that can't copy.
    Raises CopyError, in the words of who failed, if not all that can be read has arrived;
    CalledProcessError if no folder can be made there.
    """
    try:
        if source.is_dir():
            container.ask_shell(make_folder(target))
            _copy(container, source, target, "")
            return
        to = PurePosixPath(target)
        container.ask_shell(make_folder(str(to.parent)))
        if source.stat().st_size > SMALL or not _by_shell(container, source, target):
            _copy(container, source, str(to.parent), to.name)
    except OSError as error:
        msg = f"{source} can't be copied into the container: {error.strerror}"
        raise CopyError(f"{msg}\nFix: Check that it is there and can be read.") from None


def copy_out(container: Container, folder: str, target: Path) -> None:
    """Copy what is in `folder` of `container` into the folder `target`, which is made as needed.

    Warns of a tar that can't. Raises CopyError in the words of who failed.
    """
    target.mkdir(parents=True, exist_ok=True)
    engine, name = _engine(container), str(container.name)
    if not _is_in_reach(container, container.ask_shell(ask_mounts(folder))):
        answer = _by_tar((*engine, "exec", name, "tar", "-cC", folder, "-f", "-", "."), target)
        if answer.ok:
            return
        log.warning(f"tar can't copy out of the container by itself: {answer.complaint}")
    answer = change(*engine, "cp", f"{name}:{folder}/.", str(target), seconds=None)
    if not answer.ok:
        msg = f"{folder} in the container can't be copied to {target}: {answer.complaint}"
        raise CopyError(f"{msg}\nFix: Check that {target} can be written to and has room for it.")


def ask_mounts(folder: str) -> str:
    """Print the numbers of the mounts that `folder` and `/` are in, as far as they can be told."""
    return f"{list_mounts(folder)}; {list_mounts('/')}"


def ask_place(folder: str, entries: str) -> str:
    """Print the user, then the first of `entries`, words, that is there, then as `ask_mounts`."""
    user = "printf '%s\\0' \"${EUID-$(id -u)}\""
    return f"{user}; {list_first(entries)}; {ask_mounts(folder)}"


def reaches(engine: Engine, mounts: Sequence[str]) -> bool:
    """Whether `engine` copies to and from the place that a program in the container sees.

    And does so as quickly whatever else is mounted, and leaves nothing behind. `mounts` are the
    answer to `ask_mounts`: Docker does not see what is mounted inside of a container only
    (https://docs.docker.com/reference/cli/docker/container/cp/).
    """
    podman = engine.store is Store.PODMAN
    copies_well = engine.daemon >= TIDIES_UP if podman else engine.api >= COPIES_ASIDE
    return copies_well and len(mounts) == BOTH and len(set(mounts)) == 1


def _engine(container: Container) -> tuple[str, ...]:
    """What a command of the engine of `container` begins with."""
    settled = container.settled
    _, *options = settled.engine.address.command if settled else ("",)
    return (container.engine_name, *options)


def _is_in_reach(container: Container, mounts: Sequence[str]) -> bool:
    return container.settled is not None and reaches(container.settled.engine, mounts)


def _by_shell(container: Container, source: Path, target: str) -> bool:
    """Whether the shell could write `source`, a small file."""
    try:
        container.ask_shell(write_file(target, source.read_bytes()))
    except CalledProcessError:
        # an entrypoint may have made it another user's shell than the engine's
        return False
    return True


def _copy(container: Container, source: Path, folder: str, name: str) -> None:
    """Copy the folder `source` into `folder`, or the file `source` there as `name`."""
    engine, to = _engine(container), str(container.name)
    entries = shlex.quote(f"{folder}/{name}") if name else everything_in(folder)
    user, there, *mounts = container.ask_shell(ask_place(folder, entries))
    is_new = not there
    copy = partial(_send, container, source, folder, name)
    # Docker takes a path that is not absolute from its root, others from where they are.
    if user == ROOT and folder.startswith("/") and _is_in_reach(container, mounts):
        pack = _is_worth_packing(container, engine)
        why = copy((*engine, "cp", "-", f"{to}:{folder}"), is_new=is_new, pack=pack)
        if not why:
            _set_mode(container, source, folder)
            return
        log.warning(f"{engine[0]} can't copy into the container by itself: {why}")
        is_new = False
    unpack_there = (*engine, "exec", "-i", to, "tar", "--no-same-owner", "-xC", folder, "-f", "-")
    if why := copy(unpack_there, is_new=is_new):
        msg = f"{source} can't be copied to {folder} in the container: {why}"
        raise CopyError(f"{msg}\nFix: Check that {folder} can be written to and has room for it.")


def _is_worth_packing(container: Container, engine: tuple[str, ...]) -> bool:
    """Whether what is copied is to be compressed on its way, which Docker's daemon takes.

    https://docs.docker.com/reference/api/engine/ has it in "Extract an archive of files or folders
    to a directory in a container". 100 MB over a link of 10 MB/s take half the time (seen).
    """
    settled = container.settled
    takes = settled is not None and settled.engine.store is not Store.PODMAN
    return takes and bool(ssh_of((*engine, "cp")))


def _send(
    container: Container,
    source: Path,
    folder: str,
    name: str,
    command: Sequence[str],
    *,
    is_new: bool,
    pack: bool = False,
) -> str:
    """Have `command` unpack an archive in `folder`; why not all of it has arrived, or `""`.

    The archive is compressed if it is to `pack` that.

    That an archive is cut between two members is an error to nobody, so the last one has to be
    there; where it could have been before, that is one of its own.
    """
    packer, mark = Packer(), "" if is_new else f".cibuildwheel-{uuid.uuid4()}"
    data = packer.file(source, name, mark) if name else packer.folder(source, mark)
    data = told(data, f"Copying {source}")
    answer = feed(compressed(data) if pack else data, *command)
    if not answer.ok:
        return answer.complaint
    if packer.last is None:
        return CUT
    if packer.last:
        last = shlex.quote(f"{folder}/{packer.last}")
        remove = f"; rm -f {last} || :" if mark else ""
        if not any(container.ask_shell(f"{list_first(last)}{remove}")):
            return CUT
    if packer.missed:
        log.warning(not_as_it_is(source, packer.missed))
    return ""


def not_as_it_is(source: Path, missed: Sequence[str]) -> str:
    """What to warn of where not all of `source` could be read."""
    more = [f"and {len(missed) - NAMED} more"] if len(missed) > NAMED else []
    return "\n  ".join([f"Not all of {source} is copied as it is:", *missed[:NAMED], *more])


def _set_mode(container: Container, source: Path, folder: str) -> None:
    """Give `folder` the mode of the folder `source`, which engines don't."""
    mode = stat.S_IMODE(source.stat().st_mode)
    if source.is_dir() and mode != NEW_FOLDER:
        container.ask_shell(f"chmod {mode:o} {shlex.quote(folder)}")


def _by_tar(command: Sequence[str], target: Path) -> Answer:
    """The answer to `command`, whose archive is unpacked in `target`."""
    try:
        return drain(partial(unpack, folder=target), *command)
    except (OSError, tarfile.TarError) as error:
        return Answer(None, "", str(error))
