"""Opens containers with whatever cibuildwheel is installed, and tells what came of it.

    python drive.py SECONDS JOBS < CASES > OUTCOMES

A line of CASES is a list in JSON of what is to be run before the next line is read. A case is
`{"engine": "docker", "image": …, "platform": …}`. Its outcome is one line of JSON: the case with
`content`, what the container holds, or `error`, the name of the exception's class,
with `returncode` (None if cibuildwheel would end with a traceback) and `message`; always `seconds`,
and `log`, what was printed. JOBS cases are run at once, each in a process of its own, and outcomes
come as they do. A case that takes longer than SECONDS is ended and has the error `hangs`.
Apart from the standard library this imports cibuildwheel only, so it runs in any environment.
"""

import contextlib
import functools
import importlib.util
import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Literal, TypeAlias

from cibuildwheel.errors import FatalError
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform

CHECK = "_check_engine_version"
# No case needs one. On docker28, 56 fresh cells took 0.85 of the time without.
NO_NETWORK = ("--network=none",)

Case: TypeAlias = dict[str, Any]
Cases: TypeAlias = Iterable[Case]


def config(engine: Literal["docker", "podman"]) -> OCIContainerEngineConfig:
    """How every case has `engine` used."""
    return OCIContainerEngineConfig(engine, create_args=NO_NETWORK, disable_host_mount=True)


def content(case: Case) -> Case:
    """Open the container of `case` and read what it holds."""
    try:
        with OCIContainer(
            image=case["image"],
            oci_platform=OCIPlatform(case["platform"]),
            engine=config(case["engine"]),
        ) as container:
            found = container.call(["cat", "/etc/platform"], capture_output=True).strip()
            accept(container, case["platform"])
            return {"content": found}
    except BaseException as error:
        return {
            "error": type(error).__name__,
            "returncode": _returncode(error),
            "message": str(error),
        }


def accept(container: OCIContainer, platform: str) -> None:
    """Do what a build of this fork does before its first step: without that nothing is kept."""
    if importlib.util.find_spec("cibuildwheel.oci"):
        from cibuildwheel import oci  # noqa: PLC0415

        oci.accept(container, platform, ["/bin/sh"])


def _returncode(error: BaseException) -> int | None:
    """What cibuildwheel ends with: a failed command is caught in the build loop."""
    if isinstance(error, FatalError):
        return error.return_code
    return 1 if isinstance(error, subprocess.CalledProcessError) else None


class Run:
    """A case in a process of its own, that can be ended with all it has started."""

    def __init__(self, case: Case, seconds: float) -> None:
        """Start it."""
        fork = multiprocessing.get_context("fork")
        self.case = case
        self.outcome, theirs = fork.Pipe(duplex=False)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._process = fork.Process(target=_child, args=(case, theirs, self._log.fileno()))
        self._begin = time.monotonic()
        self.deadline = self._begin + seconds
        self._process.start()
        theirs.close()

    def end(self) -> Case:
        """The outcome as it is by now, when all is ended that still runs."""
        try:
            outcome = self.outcome.recv() if self.outcome.poll() else {"error": "hangs"}
        except EOFError:
            outcome = {"error": "dies"}
        took = time.monotonic() - self._begin
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        self._process.join()
        self.outcome.close()
        with self._log:
            self._log.seek(0)
            said = self._log.read().decode(errors="replace")
        return {**self.case, **outcome, "seconds": round(took, 3), "log": said}


def _child(case: Case, to: Connection, log: int) -> None:
    os.setsid()
    os.dup2(log, 1)
    os.dup2(log, 2)
    to.send(content(case))


def outcomes(cases: Cases, seconds: float, jobs: int) -> Iterator[Case]:
    """What came of each of `cases`, `jobs` at once, as it comes."""
    waiting = iter(cases)
    running: dict[Connection, Run] = {}
    while True:
        while len(running) < jobs and (case := next(waiting, None)):
            run = Run(case, seconds)
            running[run.outcome] = run
        if not running:
            return
        patience = min(run.deadline for run in running.values()) - time.monotonic()
        ready = wait(running, max(patience, 0))
        late = [c for c, run in running.items() if run.deadline <= time.monotonic()]
        for connection in dict.fromkeys([*ready, *late]):
            if isinstance(connection, Connection):
                yield running.pop(connection).end()


def learner() -> Callable[[Cases], None]:
    """What lets this fork learn once what engines are and can run, as in a run of many containers.

    Nothing of that depends on an image. The unmodified release does not ask.
    """
    if importlib.util.find_spec("cibuildwheel.oci") is None:
        return lambda _: None
    from cibuildwheel import oci_container  # noqa: PLC0415
    from cibuildwheel.oci.emulation.probe import try_platforms  # noqa: PLC0415
    from cibuildwheel.oci.engine.describe import describe as ask  # noqa: PLC0415
    from cibuildwheel.oci.plan import engines  # noqa: PLC0415
    from cibuildwheel.oci.wanted.address import Address  # noqa: PLC0415
    from cibuildwheel.oci.wanted.platform import parse_platform  # noqa: PLC0415

    describe = functools.cache(ask)
    trial = functools.cache(lambda engine, platform: try_platforms(engine, [platform])[0])
    check = functools.cache(getattr(oci_container, CHECK))
    learned = {
        (engines, "describe"): describe,
        (engines, "try_platforms"): lambda engine, ones: [trial(engine, one) for one in ones],
        (oci_container, CHECK): check,
    }
    for (module, name), known in learned.items():
        getattr(module, name)  # else what is asked again for each case goes unnoticed
        setattr(module, name, known)

    def learn(cases: Cases) -> None:
        for engine, platform in dict.fromkeys((case["engine"], case["platform"]) for case in cases):
            with contextlib.suppress(FatalError):  # it is the case's to tell
                with contextlib.redirect_stdout(io.StringIO()):  # outcomes only
                    check(config(engine))
                trial(describe(Address(engine)), parse_platform(platform))

    return learn


def main() -> None:
    """Answer all of the input."""
    learn = learner()
    for line in sys.stdin:
        cases = json.loads(line)
        learn(cases)
        for outcome in outcomes(cases, float(sys.argv[1]), int(sys.argv[2])):
            print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main()
