"""Runs cases on an engine and compares what came of them with what is right."""

import os
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import groupby

from tools.lab.engine import Engine
from tools.lab.errors import LabError
from tools.matrix.cases import Case
from tools.matrix.expected import expected
from tools.matrix.prepare import NEEDS_RUN, publish, publish_before, try_to_pull
from tools.matrix.results import Result
from tools.matrix.subject import Drive, Outcome, Subject

AT_ONCE = 64
"""Cells that are prepared together, in an engine that is emptied before."""

# Podman tries for seconds to reach a registry that is down: of 272 cells `offline` on podman5.4,
# six at once took 0.65 of the time of three, on two processors; of those `fresh`, 0.97.
JOBS = 3 * (os.cpu_count() or 1)
"""Cells that are run at once: more than there are processors, as each waits now and then."""


def run(
    engine: Engine, subject: Subject, cases: Sequence[Case], jobs: int = JOBS
) -> Generator[Result, None, None]:
    """Run `cases` on `engine`, `jobs` at once; gives the results as they come.

    All that `engine` has is removed. Raises LabError for what it can't do, and for containers that
    a tidy `subject` leaves behind.
    """
    by_state = groupby(sorted(cases, key=lambda case: case.state), lambda case: case.state)
    batches = [(s, batch) for s, group in by_state for batch in _batches(list(group))]
    with subject.driver(engine, jobs) as drive, ThreadPoolExecutor(jobs) as executor:
        for state, batch in batches:
            engine.reset()
            for case, outcome in _run(engine, drive, executor, state, batch):
                yield _result(engine, subject, case, outcome)
            if subject.tidy and (left := engine.run("ps", "--all", "--quiet")):
                message = f"{subject.name} left containers on {engine.name}: {left}"
                raise LabError(message)


def _batches(cases: Sequence[Case]) -> list[Sequence[Case]]:
    return [cases[start : start + AT_ONCE] for start in range(0, len(cases), AT_ONCE)]


def _run(
    engine: Engine, drive: Drive, executor: Executor, state: str, cases: Sequence[Case]
) -> Iterator[tuple[Case, Outcome]]:
    with ExitStack() as stack:
        list(executor.map(partial(publish_before, engine), cases))
        if state == "offline":
            _publish(engine, cases)
        if state in NEEDS_RUN:
            refused = [case for case, o in drive(cases) if "error" in o]
            list(executor.map(partial(try_to_pull, engine), refused))
        if state == "offline":
            stack.enter_context(engine.registry_down())
        else:
            _publish(engine, cases)
        yield from drive(cases)


def _publish(engine: Engine, cases: Sequence[Case]) -> None:
    # One after the other: the registry fails to delete a tag while others are pushed.
    for case in cases:
        publish(engine, case)


def _result(engine: Engine, subject: Subject, case: Case, outcome: Outcome) -> Result:
    return Result(
        subject.name,
        engine.name,
        case.state,
        case.shape,
        case.platform,
        expected(case, engine.name, engine.version),
        outcome.get("content") or outcome["error"],
        outcome.get("returncode"),
        _told(outcome),
        outcome["seconds"],
    )


def _told(outcome: Outcome) -> str:
    """The message, and the last line that was printed: upstream's errors say little."""
    if "error" not in outcome:
        return ""
    lines = [line.strip() for line in outcome["log"].splitlines() if line.strip()]
    return "\n".join([outcome.get("message", ""), *lines[-1:]])
