"""How long all that a thread asks may take together."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_thread = threading.local()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Within this, have what is asked in this thread take `seconds` at most, all together."""
    before = _end()
    _thread.end = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _thread.end = before


@contextmanager
def uncounted() -> Iterator[None]:
    """Within this, let no time pass for the bound of this thread."""
    begin = time.monotonic()
    try:
        yield
    finally:
        _thread.end = _end() + time.monotonic() - begin


def left() -> float:
    """The seconds that are left for what this thread asks: infinity where nothing bounds them."""
    return _end() - time.monotonic()


def _end() -> float:
    return getattr(_thread, "end", math.inf)
