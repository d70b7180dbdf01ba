"""Try again, after a while, what a registry or the way to it failed at: most of that passes.

What a registry refuses (it wants a login, it forbids, it has no such thing) is never tried again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from cibuildwheel.oci.engine.bound import left
from cibuildwheel.oci.engine.process import interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Outcome = TypeVar("Outcome")

PAUSES = (1.0, 3.0, 9.0)
# No engine tells what the registry said in `Retry-After`. Podman keeps it by itself.
BUSY_PAUSES = (5.0, 15.0, 45.0)
LONGEST = 60.0

BUSY = re.compile(r"too ?many ?requests|rate (?:limit )?exceeded")
# Registries that name a time in their message: `retry-after: 1.09ms, allowed: 44000/minute`.
WHEN = re.compile(r"retry[- ]after:? *(\d+(?:\.\d+)?) *(ms|s)?\b")
# What commands of one engine do to each other where several run at once: podman, with its locks at
# their first use and its database (https://github.com/containers/podman/issues/18356,
# https://github.com/dfinity/ic/pull/11041), with an image that another command removes
# (https://github.com/containers/podman/issues/6510), and with the folder that it makes for the keys
# of hosts (https://github.com/containers/common/pull/1216); containerd, with layers that are
# unpacked for two images (https://github.com/ddev/ddev/issues/8136).
KEYS_RACE = r"mkdir .*\.ssh: (?:file exists|cannot create a file)"
PODMAN_RACES = rf"database is locked|lock manager|locating item named|layer not known|{KEYS_RACE}"
RACES = PODMAN_RACES + r"|snapshot (?:\S+ )?(?:already exists|does not exist)"
# What comes of an sshd that turns away who comes while too many have not yet logged in.
TURNED_AWAY = r"kex_exchange|handshake failed: (?:eof|.*connection reset)"
PASSES = re.compile(
    f"{RACES}|{TURNED_AWAY}"
    r"|internal server error|bad gateway|service unavailable|gateway time-?out|status:? 5\d\d\b"
    r"|connection reset|broken pipe|unexpected eof|\beof$|tls handshake timeout"
    # containerd's store, of the status of a blob
    r"|error from registry: (?!.*\b(?:denied|unauthorized|forbidden|unknown)\b)"
    # So the store and buildx of Docker 28 tell a connection that was reset, of a digest.
    r'|@sha\d+:[0-9a-f]+"?: (?:\S+: )?not found$'
)


def pauses(said: str) -> Iterator[float]:
    """The seconds to wait before each new try of what failed as `said`; none if that won't pass."""
    said = said.strip().lower()
    if BUSY.search(said):
        named = WHEN.search(said)
        seconds = float(named[1]) / (1000 if named[2] == "ms" else 1) if named else 0.0
        if seconds <= LONGEST:
            yield from (max(pause, seconds) for pause in BUSY_PAUSES)
    elif PASSES.search(said):
        yield from PAUSES


def persist(
    act: Callable[[], Outcome],
    complaint: Callable[[Outcome], str],
    tell: Callable[[str, float], object] = lambda _said, _seconds: None,
    most: int = len(PAUSES),
) -> Outcome:
    """What `act` comes to, tried again as long as its `complaint` is of what passes.

    `tell` hears the complaint and the seconds that are waited. There are `most` new tries, and none
    that would begin after the time that is left for the thread, or once the run is interrupted.
    """
    tries = 0
    while True:
        outcome = act()
        said = complaint(outcome)
        seconds = next((s for n, s in enumerate(pauses(said)) if n == tries < most), None)
        if seconds is None or seconds >= left():
            return outcome
        tell(said, seconds)
        if interrupted.wait(seconds):
            return outcome
        tries += 1
