"""Keep the programs in cibuildwheel's own cache, each made once a machine."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from cibuildwheel.util.file import CIBW_CACHE_PATH, ensure_cache_sentinel

if TYPE_CHECKING:
    from collections.abc import Callable


def cached(name: str, make: Callable[[Path], Path]) -> Path:
    """The folder `name` of the cache.

    If it is not there, `make` is given an empty folder, and returns the one in that which becomes
    it. What that raises leaves nothing but a lock.
    """
    folder = CIBW_CACHE_PATH / "native" / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    ensure_cache_sentinel(CIBW_CACHE_PATH)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
                make(Path(temporary)).rename(folder)
    return folder
