"""Docker and podman at arm's length: run one of their commands, and read the answer.

The only module that starts processes.
"""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from typing import Literal

EngineName = Literal["docker", "podman"]

ANSWER_SECONDS = 30.0
LAST_LINES = 20


@dataclass(frozen=True)
class Answer:
    """What a command said. `returncode` is None if it could not be started or did not end."""

    returncode: int | None
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether the command did what it was asked to."""
        return self.returncode == 0

    @property
    def complaint(self) -> str:
        """The last line of stderr that says something: engines put the cause there."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        return lines[-1] if lines else f"no message, return code {self.returncode}"


def ask(*command: str, seconds: float = ANSWER_SECONDS) -> Answer:
    """The answer to `command`, such as `("docker", "image", "inspect", "debian")`.

    Never raises for what the command does, and never waits longer than `seconds`.
    """
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return Answer(None, "", f"{command[0]} gave no answer within {seconds:g} seconds")
    except OSError as error:
        return Answer(None, "", f"{command[0]} cannot be run: {error.strerror}")
    # not decoded by subprocess, which would change line ends: digests are of exact bytes
    return Answer(
        done.returncode, *(s.decode(errors="replace") for s in (done.stdout, done.stderr))
    )


def follow(*command: str) -> Answer:
    """Run `command` for as long as it takes, its output shown as it comes; stdout is not kept.

    For pulls: people watch their progress, and the cause of a failure is in the last of stderr.
    """
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as process:
            try:
                for line in process.stderr or ():
                    sys.stderr.write(line)
                    sys.stderr.flush()
                    last.append(line)
            except BaseException:
                process.terminate()
                raise
    except OSError as error:
        return Answer(None, "", f"{command[0]} cannot be run: {error.strerror}")
    return Answer(process.returncode, "", "".join(last))
