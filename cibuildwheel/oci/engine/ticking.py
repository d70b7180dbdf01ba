"""Lines for who looks at what takes long, every few seconds."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from cibuildwheel.logger import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COPY_SECONDS = 5.0
PULL_SECONDS = 20.0


@contextmanager
def ticking(what: str, seconds: float) -> Iterator[None]:
    """Within this, tell every so many `seconds` for how long `what` has been going on."""
    over, begin = Event(), time.monotonic()

    def tick() -> None:
        while not over.wait(seconds):
            log.quiet(f"{what} ({time.monotonic() - begin:.0f} seconds so far) ...")

    thread = Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def told(data: Iterable[bytes], what: str, seconds: float = COPY_SECONDS) -> Iterator[bytes]:
    """`data`, and every so many `seconds` a line of how much of it was taken, for `what`."""
    size, last = 0, time.monotonic()
    for piece in data:
        yield piece
        size += len(piece)
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            log.quiet(f"{what}: {size / 1e6:.0f} MB so far ...")
