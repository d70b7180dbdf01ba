"""Wait for an engine that is about to start, as that of a CI job's service may be."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.process import ask, interrupted
from cibuildwheel.oci.engine.unusable import is_starting, may_start, place_of

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import Address

START_SECONDS = 60.0
PAUSE = 1.0


def await_start(engine: Address) -> None:
    """Wait until `engine` answers, START_SECONDS at most, or says why it never will.

    Only one whose address a variable names is waited for, and asked at all.
    """
    place = place_of(engine, os.environ)
    if not may_start(place):
        return
    end = time.monotonic() + START_SECONDS
    while is_starting(_complaint(engine), place) and time.monotonic() < end:
        if interrupted.wait(PAUSE):
            return


def _complaint(engine: Address) -> str:
    answer = ask(*engine.command, "version")
    return "" if answer.ok else answer.complaint
