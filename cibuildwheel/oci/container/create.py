"""Make the container of a build, and remove it, whatever comes between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.process import change
from cibuildwheel.oci.errors import ContainerNotCreatedError
from cibuildwheel.oci.remedies import with_fix

if TYPE_CHECKING:
    from collections.abc import Sequence


def create(command: Sequence[str], *, image: str, platform: str, container: str) -> None:
    """Run `command`, which creates `container` from `image`; if interrupted, remove it again.

    What comes before `create` in it is the engine.

    What the engine warns of is shown. Raises ContainerNotCreatedError in the engine's own words.
    """
    engine = command[: command.index("create")]
    try:
        answer = change(*command, seconds=None)
    except BaseException:
        change(*engine, "rm", "--force", container)
        raise
    if not answer.ok:
        what = f"{engine[0]} can't create a container from image {image!r} for {platform}"
        raise ContainerNotCreatedError(with_fix(f"{what}: {answer.complaint}", answer.stderr))
    sys.stderr.write(answer.stderr)
    sys.stderr.flush()


def kill(engine: tuple[str, ...], container: str) -> None:
    """Kill what still runs in `container`, so that `engine` can remove it at once.

    `engine` is what its commands begin with.

    Podman, left to itself, asks it to stop and waits ten seconds.
    """
    change(*engine, "kill", container)


def patience(error: type[BaseException] | None) -> float:
    """The seconds that a shell is given to exit; none if `error` has interrupted its command."""
    return 30 if error is None or issubclass(error, Exception) else 0
