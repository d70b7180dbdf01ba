"""A line for who looks at a run that waits for others."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from cibuildwheel.logger import log
from cibuildwheel.oci.engine.registry import QUESTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Future

Key = TypeVar("Key")
Value = TypeVar("Value")

A_FEW_SECONDS = 4.0
_A_LINE = threading.Lock()
"""Held by who tells one, as several may wait at once."""


@contextmanager
def waiting(line: Callable[[], str], seconds: float = A_FEW_SECONDS) -> Iterator[None]:
    """Within this, tell `line` when `seconds` have passed, unless it is `""` by then."""

    def tell() -> None:
        if text := line():
            with _A_LINE:
                log.quiet(text)

    timer = threading.Timer(seconds, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def results(asked: Mapping[Key, Future[Value]], image_of: Callable[[Key], str]) -> dict[Key, Value]:
    """What came of the questions `asked` of registries, with a line while one does not answer."""

    def line() -> str:
        silent = dict.fromkeys(image_of(key) for key, one in asked.items() if not one.done())
        most = f"{QUESTION_SECONDS:.0f} seconds at most"
        return ", ".join(silent) and f"Waiting for the registry of {', '.join(silent)} ({most}) ..."

    with waiting(line):
        return {key: one.result() for key, one in asked.items()}
