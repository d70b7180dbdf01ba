"""End a run that is interrupted as an error would, so that what it has started is removed."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# A CI service that cancels a job sends the first or the second, and kills seconds later.
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """The signal `number` has come. No error: nothing but a clean-up may catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this, raise Interrupted in the main thread when a signal asks the process to end.

    The first signal alone does, so that the next can't break into the clean-up. At the end this
    process dies of the signal: a shell's script goes on after a Ctrl-C unless its command does.
    Signals that are ignored (nohup) stay so; on Windows and in other threads nothing is changed.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    known = [signal.Signals[name] for name in SIGNALS]
    before = {n: signal.getsignal(n) for n in known if signal.getsignal(n) is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, _interrupt)
    try:
        yield
    except Interrupted as error:
        _die_of(error.number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        process.interrupted.clear()


def _interrupt(number: int, _: FrameType | None) -> None:
    if not process.interrupted.is_set():
        process.interrupt()
        raise Interrupted(number)


def _die_of(number: int) -> None:
    sys.stdout.flush()
    print(f"\ncibuildwheel was ended by {signal.Signals(number).name}", file=sys.stderr, flush=True)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
