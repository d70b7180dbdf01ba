"""Runs cases on an engine and compares what came of them with what is right."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from tools.lab.engine import Engine
from tools.matrix.cases import Case
from tools.matrix.expected import expected
from tools.matrix.prepare import NEEDS_RUN, publish, publish_before, try_to_pull
from tools.matrix.results import Result
from tools.matrix.subject import Subject


def run(engine: Engine, subject: Subject, cases: Sequence[Case], jobs: int = 1) -> Iterator[Result]:
    """Run `cases` on `engine`, which has to be empty, one state after the other."""
    for state in dict.fromkeys(case.state for case in cases):
        chosen = [case for case in cases if case.state == state]
        for case in chosen:
            publish_before(engine, case)
        with ExitStack() as stack:
            if state == "offline":
                for case in chosen:
                    publish(engine, case)
            if state in NEEDS_RUN:
                for case, outcome in subject.drive(engine, chosen, jobs):
                    if "error" in outcome:
                        try_to_pull(engine, case)
            if state == "offline":
                stack.enter_context(engine.registry_down())
            else:
                for case in chosen:
                    publish(engine, case)
            for case, outcome in subject.drive(engine, chosen, jobs):
                yield _result(engine, subject, case, outcome)


def _result(engine: Engine, subject: Subject, case: Case, outcome: dict[str, Any]) -> Result:
    return Result(
        subject.name,
        engine.name,
        case.state,
        case.shape,
        case.platform,
        expected(case, engine.name),
        outcome.get("content") or outcome["error"],
        outcome.get("returncode"),
        _told(outcome),
        outcome["seconds"],
    )


def _told(outcome: dict[str, Any]) -> str:
    """The message, and the last line that was printed: upstream's errors say little."""
    if "error" not in outcome:
        return ""
    lines = [line.strip() for line in outcome["log"].splitlines() if line.strip()]
    return "\n".join([outcome.get("message", ""), *lines[-1:]])
