"""Why the shell of a container is gone, in the engine's own words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cibuildwheel.oci.engine import ask
from cibuildwheel.oci.errors import ContainerExitedError

if TYPE_CHECKING:
    from collections.abc import Mapping

TAIL_LINES = "5"

# What an engine or a kernel says, in lower case, and what helps then.
FIXES = {
    "exec format error": (
        "The engine's machine has no emulator for this platform: register QEMU's handlers there "
        "(on GitHub Actions docker/setup-qemu-action, on Debian and Ubuntu the packages "
        "qemu-user-static and binfmt-support), or build on a native machine."
    ),
    "/bin/bash": "The image has no usable /bin/bash. cibuildwheel runs every step in one.",
}


def container_exited(
    engine: str, container: str, image: str, platform: str
) -> ContainerExitedError:
    """The error to raise when the shell of `container` has gone, at its start or midway.

    `engine` is the command to ask (`docker` or `podman`).
    """
    words = last_words(engine, container)
    fix = next((fix for sign, fix in FIXES.items() if sign in words.lower()), "")
    msg = f"The shell of the container from image {image!r} for {platform} has exited: {words}"
    return ContainerExitedError(f"{msg}\n{fix}".rstrip())


def last_words(engine: str, container: str) -> str:
    """What `engine` can tell of the end of `container`. Never raises."""
    inspected = ask(engine, "container", "inspect", "--format", "{{json .State}}", container)
    if not inspected.ok:
        return inspected.complaint
    try:
        state = json.loads(inspected.stdout)
    except ValueError:
        state = None
    if not isinstance(state, dict):
        return f"{engine} said of its state: {inspected.stdout.strip()!r}"
    return why_not_started(engine, container, state) or how_ended(engine, container, state)


def why_not_started(engine: str, container: str, state: Mapping[str, Any]) -> str:
    """The reason of a failed start, or `""` if the container did start.

    Docker keeps it in the state. Podman only tells it to whoever starts the container.
    """
    if state.get("Error"):
        return str(state["Error"])
    if state.get("Status") in {"created", "configured", "initialized"}:
        return ask(engine, "start", container).complaint
    return ""


def how_ended(engine: str, container: str, state: Mapping[str, Any]) -> str:
    """The end of the container's stderr, and the code that its shell returned."""
    said = ask(engine, "logs", "--tail", TAIL_LINES, container).stderr.strip()
    out_of_memory = ", out of memory" if state.get("OOMKilled") else ""
    ended = f"it returned {state.get('ExitCode', 'no code')}{out_of_memory}"
    return f"{said}\n({ended})" if said else ended
