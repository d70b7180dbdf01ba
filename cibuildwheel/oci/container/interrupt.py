"""End a run that is interrupted as an error would, so that what it has started is removed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine import process
from cibuildwheel.oci.engine.undo import undoing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# A CI service that cancels a job sends the first or the second, and kills seconds later.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
# What removes a container takes one. An engine that hangs never comes back.
CLEAN_UP_SECONDS = 10.0


class Interrupted(KeyboardInterrupt):
    """The signal `number` has come. No error: nothing but a clean-up may catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this, raise Interrupted in the main thread when a signal asks the process to end.

    However it ends, what the run has pending to be undone (`undo.later`) is done then.
    The first signal alone does, so that the next can't break into the clean-up, unless that takes
    longer than CLEAN_UP_SECONDS. At the end this process dies of the signal: a shell's script goes
    on after a Ctrl-C unless its command does.
    Signals that are ignored (nohup) stay so; on Windows and in other threads nothing is changed.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        with undoing():
            yield
        return
    known = [signal.Signals[name] for name in SIGNALS]
    before = {n: signal.getsignal(n) for n in known if signal.getsignal(n) is not signal.SIG_IGN}
    handler = _Handler()
    for number in before:
        signal.signal(number, handler)
    try:
        with undoing():
            yield
    except Interrupted as error:
        _die_of(error.number)
    finally:
        for number, old in before.items():
            signal.signal(number, old)
        process.interrupted.clear()


class _Handler:
    """What is called for a signal."""

    def __init__(self) -> None:
        self._first = 0.0

    def __call__(self, number: int, _: FrameType | None) -> None:
        """Raise Interrupted; for a later one end this process, if its clean-up takes too long."""
        if not process.interrupted.is_set():
            self._first = time.monotonic()
            process.interrupt()
            raise Interrupted(number)
        if time.monotonic() - self._first > CLEAN_UP_SECONDS:
            _die_of(number, " while it cleaned up: look for containers named cibuildwheel-...")


def _die_of(number: int, when: str = "") -> None:
    signal.signal(number, signal.SIG_DFL)
    with suppress(RuntimeError, OSError):  # it may have come in the middle of such a write
        sys.stdout.flush()
        name = signal.Signals(number).name
        print(f"\ncibuildwheel was ended by {name}{when}", file=sys.stderr, flush=True)
    os.kill(os.getpid(), number)
