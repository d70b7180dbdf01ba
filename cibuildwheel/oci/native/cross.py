"""Take the programs of a cross gcc out of the image that holds it, once an image."""

from __future__ import annotations

import shutil
import tarfile
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cibuildwheel.oci.engine.process import drain
from cibuildwheel.oci.engine.store import id_of, inspect
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import gcc
from cibuildwheel.oci.native.ask import ask_image
from cibuildwheel.oci.native.cache import cached
from cibuildwheel.oci.native.prepare import WITHOUT
from cibuildwheel.oci.wanted.kept import mark_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.native.gcc import Identity


def taken(engine: Engine, image: str, create_args: Sequence[str], own: Identity) -> Path:
    """The folder in cibuildwheel's cache that holds the programs of the cross gcc of `image`.

    `image` is of the machine of `engine`, and stored there; `create_args` create a container of it;
    `own` is the gcc that it stands for. Raises NativeToolsError where it has none of that version,
    told with both, and where it can't be had.
    """
    name = mark_of(f"{id_of(inspect(engine.address, [image])[image])} {own}")
    take = partial(_take, engine, image, create_args, own)
    return cached(f"gcc-{own.machine}-{own.version}-{name}", take)


def _take(
    engine: Engine, image: str, create_args: Sequence[str], own: Identity, target: Path
) -> Path:
    _check(image, ask_image(engine, image, create_args, gcc.ask_cross(own)), own)
    flags = ("--rm", "--network=none", *create_args, "--entrypoint=/bin/sh")
    command = (*engine.address.command, "run", *flags, image, "-c", gcc.collect_cross(own))
    folder = target / "gcc"
    try:
        answer = drain(partial(_unpack, folder), *command)
        failed = "" if answer.ok else answer.complaint
    except (OSError, tarfile.TarError) as error:
        failed = str(error)
    if failed:
        msg = f"The gcc of {image} can't be taken out of it: {failed}"
        raise NativeToolsError(f"{msg}\n{WITHOUT} there.")
    return folder


def _check(image: str, said: str | None, own: Identity) -> None:
    """Check that what `image` has `said` of its cross gcc is `own`."""
    its = gcc.parse_identity(said or "")
    if its is None:
        why = "no shell of it answers" if said is None else said.strip() or "there is none on PATH"
        msg = f"{image} has no {own.machine}-gcc that native-tools could run: {why}"
        raise NativeToolsError(f"{msg}\nFix: Name an image that has it, or leave gcc out.")
    if its != own:
        msg = f"The gcc of {image} is another one: {its}, and the one that it stands for {own}"
        raise NativeToolsError(f"{msg}.\nFix: Name an image that has the same, or use clang.")


def _unpack(to: Path, archive: IO[bytes]) -> None:
    """Unpack what `gcc.collect_cross` prints: files, in a folder or in none."""
    (to / gcc.LIBRARIES).mkdir(parents=True)
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        for member in tar:
            data = tar.extractfile(member) if member.isreg() else None
            if data is None:
                continue
            place = to / (gcc.LIBRARIES if "/lib/" in member.name else "") / Path(member.name).name
            with place.open("wb") as file:
                shutil.copyfileobj(data, file)
            place.chmod(0o755)
