"""Reach an engine: what gets lost on the way there is asked again, and never taken for a no."""

from __future__ import annotations

import os
import re
from functools import cache, partial
from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.engine import process
from cibuildwheel.oci.engine.bound import left
from cibuildwheel.oci.engine.retry import KEYS_RACE, RACES, TURNED_AWAY, persist
from cibuildwheel.oci.engine.unusable import unusable

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.wanted.address import Address

# An engine on a loaded machine, or with a big store, takes its time. One that hangs takes for ever.
PATIENCE = 300.0

# What clients say, in lower case, where no question got there, or no answer back.
LOST = re.compile(
    r"(?:error during|cannot|(?:unable|failed|trying) to) connect"
    r"|connection (?:refused|reset|closed)|handshake failed"
    r"|broken pipe|unexpected eof|i/o timeout|deadline exceeded"
    r"|" + RACES
)
# Docker's client quotes all that ssh has said behind this, in lines of its own.
DOCKER_QUOTES = "error during connect"
# What they say where no connection was made at all, or nothing was begun.
NOT_BEGUN = re.compile(f"{TURNED_AWAY}|lock manager|{KEYS_RACE}")


def ask(engine: Address, *question: str) -> Answer:
    """What `engine` answers to `question`, such as `("image", "inspect", "debian")`.

    Raises EngineUnusableError or EngineTooOldError where the engine gave no answer, which says
    nothing of what it has; not once the run is interrupted or the thread's time is over.
    """
    slow = partial(_tell_slow, engine)
    answer = persist(
        lambda: process.ask(*engine.command, *question, seconds=PATIENCE, when_slow=slow), lost
    )
    check_reached(engine, answer)
    return answer


def glance(engine: Address, *question: str) -> Answer:
    """As `ask`, of what need not be known: nothing is raised, and what is slow not waited for."""
    return persist(lambda: process.ask(*engine.command, *question), lost)


def change(engine: Address, *command: str, stdin: bytes = b"", seconds: float = PATIENCE) -> Answer:
    """`process.change` in the engine, tried again where an sshd let nobody in to do it."""
    slow = partial(_tell_slow, engine)
    return persist(
        lambda: process.change(
            *engine.command, *command, stdin=stdin, seconds=seconds, when_slow=slow
        ),
        turned_away,
    )


def check_reached(engine: Address, answer: Answer) -> None:
    """Check that `answer` is one of the engine; raises as `ask` does."""
    if (said := lost(answer)) and left() > 0 and not process.interrupted.is_set():
        raise unusable(engine, said, os.environ)


def lost(answer: Answer) -> str:
    """What a client said that has no answer of its engine; `""` if it has one."""
    if answer.returncode is None:
        return answer.complaint
    _, words, cause = answer.stderr.partition(DOCKER_QUOTES)
    said = " ".join(f"{words}{cause}".split()) or answer.complaint
    return said if not answer.ok and LOST.search(said.lower()) else ""


def turned_away(answer: Answer) -> str:
    """What a client said that could not connect, though it may when it tries again; or `""`."""
    said = lost(answer)
    return said if NOT_BEGUN.search(said.lower()) else ""


@cache
def _tell_slow(engine: Address) -> None:
    """Tell it once, however many questions are not answered."""
    log.quiet(f"Waiting for {engine.name}, which is slow ({PATIENCE / 60:.0f} minutes at most) ...")
