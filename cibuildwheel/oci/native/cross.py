"""Take the programs of a cross gcc out of the image that holds it, once an image."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from filelock import FileLock

from cibuildwheel.oci.engine.process import drain
from cibuildwheel.oci.engine.store import id_of, inspect
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import gcc
from cibuildwheel.oci.native.ask import ask_image
from cibuildwheel.oci.native.prepare import WITHOUT
from cibuildwheel.oci.wanted.kept import mark_of
from cibuildwheel.util.file import CIBW_CACHE_PATH, ensure_cache_sentinel

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
    folder = CIBW_CACHE_PATH / "native" / f"gcc-{own.machine}-{own.version}-{name}"
    if folder.exists():
        return folder
    said = ask_image(engine, image, create_args, gcc.ask_cross(own))
    its = gcc.parse_identity(said or "")
    if its is None:
        answer = (
            "no shell of it answers" if said is None else said.strip() or "there is none on PATH"
        )
        msg = f"{image} has no {own.machine}-gcc that native-tools could run: {answer}"
        raise NativeToolsError(f"{msg}\nFix: Name an image that has it, or leave gcc out.")
    if its != own:
        msg = f"The gcc of {image} is another one: {its}, and the one that it stands for {own}"
        raise NativeToolsError(f"{msg}.\nFix: Name an image that has the same, or use clang.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    ensure_cache_sentinel(CIBW_CACHE_PATH)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            _take(engine, (*create_args, "--entrypoint=/bin/sh", image), own, folder)
    return folder


def _take(engine: Engine, of: Sequence[str], own: Identity, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        command = ("run", "--rm", "--network=none", *of, "-c", gcc.collect_cross(own))
        try:
            answer = drain(partial(_unpack, Path(temporary)), *engine.address.command, *command)
            failed = "" if answer.ok else answer.complaint
        except (OSError, tarfile.TarError) as error:
            failed = str(error)
        if failed:
            msg = f"The gcc of {of[-1]} can't be taken out of it: {failed}"
            raise NativeToolsError(f"{msg}\n{WITHOUT} there.")
        (Path(temporary) / "gcc").rename(folder)


def _unpack(folder: Path, archive: IO[bytes]) -> None:
    """Unpack what `gcc.collect_cross` prints: files, in a folder or in none."""
    to = folder / "gcc"
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
