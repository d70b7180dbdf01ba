"""Why the shell of a container is gone, in the engine's own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cibuildwheel.oci.engine.process import ask, change
from cibuildwheel.oci.errors import ContainerExitedError
from cibuildwheel.oci.remedies import with_fix

if TYPE_CHECKING:
    from collections.abc import Mapping

TAIL_LINES = "5"


def container_exited(
    engine: tuple[str, ...], container: str, image: str, platform: str
) -> ContainerExitedError:
    """The error to raise when the shell of `container` has gone, at its start or midway.

    `engine` is what a command that asks it begins with, such as `docker`.
    """
    words = last_words(engine, container)
    msg = f"The shell of the container from image {image!r} for {platform} has exited: {words}"
    return ContainerExitedError(with_fix(msg, words))


def last_words(engine: tuple[str, ...], container: str) -> str:
    """What `engine` can tell of the end of `container`. Never raises."""
    inspected = ask(*engine, "container", "inspect", "--format", "{{json .State}}", container)
    if not inspected.ok:
        return inspected.complaint
    try:
        state = json.loads(inspected.stdout)
    except ValueError:
        state = None
    if not isinstance(state, dict):
        return f"{engine[0]} said of its state: {inspected.stdout.strip()!r}"
    if state.get("Status") == "running":
        return f"it runs, but {engine[0]} is not connected to it any more"
    return why_not_started(engine, container, state) or how_ended(engine, container, state)


def why_not_started(engine: tuple[str, ...], container: str, state: Mapping[str, Any]) -> str:
    """The reason of a failed start, or `""` if the container did start.

    Docker keeps it in the state. Podman only tells it to whoever starts the container.
    """
    if state.get("Error"):
        return str(state["Error"])
    if state.get("Status") in {"created", "configured", "initialized"}:
        return change(*engine, "start", container).complaint
    return ""


def how_ended(engine: tuple[str, ...], container: str, state: Mapping[str, Any]) -> str:
    """The end of the container's stderr, and the code that its shell returned."""
    said = ask(*engine, "logs", "--tail", TAIL_LINES, container).stderr.strip()
    out_of_memory = ", out of memory" if state.get("OOMKilled") else ""
    ended = f"it returned {state.get('ExitCode', 'no code')}{out_of_memory}"
    return f"{said}\n({ended})" if said else ended
