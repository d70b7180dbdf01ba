"""A line for who looks at a run that waits for others."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cibuildwheel.logger import log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A_FEW_SECONDS = 4.0


@contextmanager
def waiting(line: Callable[[], str], seconds: float = A_FEW_SECONDS) -> Iterator[None]:
    """Within this, tell `line` when `seconds` have passed, unless it is `""` by then."""

    def tell() -> None:
        if text := line():
            log.quiet(text)

    timer = threading.Timer(seconds, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
