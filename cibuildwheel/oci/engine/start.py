"""Wait for an engine that is about to start, as that of a CI job's service may be."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.process import ask, interrupted
from cibuildwheel.oci.engine.unusable import is_starting, place_of

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.want import EngineName

START_SECONDS = 60.0
PAUSE = 1.0


def await_start(name: EngineName) -> None:
    """Wait until the engine `name` answers, START_SECONDS at most, or says why it never will.

    Only one that a variable names is waited for, and asked at all.
    """
    place = place_of(name, os.environ)
    end = time.monotonic() + START_SECONDS
    while is_starting(_complaint(name) if place else "", place) and time.monotonic() < end:
        if interrupted.wait(PAUSE):
            return


def _complaint(name: EngineName) -> str:
    answer = ask(name, "version")
    return "" if answer.ok else answer.complaint
