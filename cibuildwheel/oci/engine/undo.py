"""What a run has changed in an engine for its own use, to be undone at its end at the latest."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

_pending: dict[Hashable, Callable[[], object]] = {}


def later(key: Hashable, act: Callable[[], object]) -> None:
    """Have `act` called at the end of the run, unless `key` is done with before."""
    _pending[key] = act


def done(key: Hashable) -> None:
    """Have nothing called any more for `key`."""
    _pending.pop(key, None)


@contextmanager
def undoing() -> Iterator[None]:
    """Within this is a run: however it ends, what is pending is called then."""
    try:
        yield
    finally:
        while _pending:
            _, act = _pending.popitem()
            act()
