"""Ask the shell of a stored image something, in a container of its own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.cpu import VARIABLE
from cibuildwheel.oci.engine.reach import change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.engine.describe import Engine

# For a container to be made, a shell and a few programs to run under emulation, and it to end.
ASK_SECONDS = 60.0


def ask_image(
    engine: Engine, image: str, create_args: Sequence[str], question: str, cpu: str = ""
) -> str | None:
    """What a shell of the stored `image` prints for the command `question`; None if none answers.

    `create_args` are what creates a container of it, `cpu` the `QEMU_CPU` that it is to have.
    Nothing is left in `engine`.
    """
    container, mark = f"cibuildwheel-{uuid.uuid4()}", str(uuid.uuid4())
    flags = ("--rm", "--interactive", f"--name={container}", "--network=none", *create_args)
    answer = None
    try:
        told = tell_shell(question, mark, cpu).encode()
        command = ("run", *flags, image, "/bin/bash")
        answer = change(engine.address, *command, stdin=told, seconds=ASK_SECONDS)
        return parse_answer(answer.stdout, mark)
    finally:
        if answer is None or not answer.ok:  # else --rm has removed it
            change(engine.address, "kill", container)
            change(engine.address, "rm", "--force", container)


def tell_shell(question: str, mark: str, cpu: str) -> str:
    """What a shell is told, to print what `question` prints between two `mark`s.

    By its input, as an image's entrypoint may garble more than one word.
    """
    export = f'export {VARIABLE}="${{{VARIABLE}-{cpu}}}"; ' if cpu else ""
    return f"\n{export}echo {mark}; {{ {question}; }} 2>&1 </dev/null; echo {mark}\n"


def parse_answer(said: str, mark: str) -> str | None:
    """What was printed in answer to `tell_shell`; None if that is no answer."""
    _, *parts = said.split(f"{mark}\n")
    return parts[0] if len(parts) == 2 else None
