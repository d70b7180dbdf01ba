"""Opens containers with whatever cibuildwheel is installed, and tells what came of it.

    python drive.py SECONDS < CASES > OUTCOMES

A case is one line of JSON, `{"engine": "docker", "image": …, "platform": …}`. Its outcome is one
line: `content`, what the container holds, or `error`, the name of the exception's class, with
`returncode` (None if cibuildwheel would end with a traceback) and `message`; always `seconds`, and
`log`, what was printed. A case that takes longer than SECONDS is ended and has the error `hangs`.
Apart from the standard library this imports cibuildwheel only, so it runs in any environment.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from typing import Any

from cibuildwheel.errors import FatalError
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform


def content(case: dict[str, Any]) -> dict[str, Any]:
    """Open the container of `case` and read what it holds."""
    try:
        with OCIContainer(
            image=case["image"],
            oci_platform=OCIPlatform(case["platform"]),
            engine=OCIContainerEngineConfig(case["engine"], disable_host_mount=True),
        ) as container:
            return {
                "content": container.call(["cat", "/etc/platform"], capture_output=True).strip()
            }
    except BaseException as error:
        return {
            "error": type(error).__name__,
            "returncode": _returncode(error),
            "message": str(error),
        }


def _returncode(error: BaseException) -> int | None:
    """What cibuildwheel ends with: a failed command is caught in the build loop."""
    if isinstance(error, FatalError):
        return error.return_code
    return 1 if isinstance(error, subprocess.CalledProcessError) else None


def bounded(case: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The outcome of `case`, in a process of its own that can be ended with all it has started."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    with tempfile.TemporaryFile() as log:
        process = fork.Process(target=_child, args=(case, theirs, log.fileno()))
        begin = time.monotonic()
        process.start()
        theirs.close()
        try:
            outcome = ours.recv() if ours.poll(seconds) else {"error": "hangs", "message": ""}
        except EOFError:
            outcome = {"error": "dies", "message": ""}
        took = time.monotonic() - begin
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
        log.seek(0)
        said = log.read().decode(errors="replace")
    return {**outcome, "seconds": round(took, 3), "log": said}


def _child(case: dict[str, Any], to: Connection, log: int) -> None:
    os.setsid()
    os.dup2(log, 1)
    os.dup2(log, 2)
    to.send(content(case))


def main() -> None:
    """Answer each line of the input before the next is read."""
    seconds = float(sys.argv[1])
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps({**case, **bounded(case, seconds)}), flush=True)


if __name__ == "__main__":
    main()
