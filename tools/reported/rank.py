"""Which of two outcomes is worse for who has to live with it: pure."""

from enum import IntEnum
from typing import Literal, TypeAlias

Error: TypeAlias = Literal["", "clear", "unclear", "hangs"]
"""How a run has failed, if it has.

An error is clear when it is the program's own, with a message and a return code of its own. A
command that failed, a traceback, or something left behind are not.
"""


class Rank(IntEnum):
    """The outcomes of a case, the best first."""

    RIGHT = 0
    EARLY = 1
    LATE = 2
    UNCLEAR = 3
    WRONG = 4


MEANING = {
    Rank.RIGHT: "the wanted result",
    Rank.EARLY: "a clear refusal before any layer is pulled",
    Rank.LATE: "a clear refusal later",
    Rank.UNCLEAR: "an unclear error, a traceback, or something left behind",
    Rank.WRONG: "a wrong result without a word, or no end",
}


def rank(outcome: str, wanted: str | None, error: Error, *, pulled: bool) -> Rank:
    """How good `outcome` is where `wanted` is what the user hopes for.

    `wanted` is None where no container can be right, as of an image of another platform: to start
    one all the same is wrong. `pulled` is whether a layer was.
    """
    match error:
        case "":
            return Rank.RIGHT if outcome == wanted else Rank.WRONG
        case "clear":
            return Rank.LATE if pulled else Rank.EARLY
        case "unclear":
            return Rank.UNCLEAR
        case "hangs":
            return Rank.WRONG


def is_worse(one: Rank, other: Rank) -> bool:
    """Whether a user is worse off with `one` than with `other`."""
    return one > other
