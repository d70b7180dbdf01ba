"""Runs a case on an engine and tells what came of it."""

import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tools.lab.generation import Generation
from tools.matrix.subject import Subject
from tools.reported.program import Came, Program
from tools.reported.rank import rank
from tools.reported.results import Result
from tools.reported.row import Row, is_refusal
from tools.reported.stage import Stage

LEAVES = "leaves containers"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MOST = 500
"""Characters of a message that are kept."""


def run(engine: Generation, subject: Subject, version: str, row: Row) -> Result:
    """Run `row` on `engine`, which is emptied before; `version` is that of `subject`.

    Raises LabError for what the engine can't do.
    """
    engine.reset()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="reported-")))
        folder.chmod(0o755)
        program = Program(engine, subject, row)
        stage = Stage(row.name, engine, folder, lambda image: program.run(stage, image), stack)
        image = row.prepare(stage)
        engine.registry.forget()
        came = program.run(stage, image)
        return _result(program, version, stage, came)


def _result(program: Program, version: str, stage: Stage, came: Came) -> Result:
    row, engine, subject = program.row, program.engine, program.subject
    outcome, error = came.outcome, came.error
    if subject.tidy and error != "hangs" and engine.run("ps", "--all", "--quiet"):
        outcome, error = LEAVES, "unclear"
    right = row.right_for(engine.name)
    wanted = None if is_refusal(right) else right
    return Result(
        row.name,
        engine.name,
        engine.version,
        version,
        right,
        outcome,
        rank(outcome, wanted, error, pulled=_has_pulled(stage)),
        _lacking(row, f"{came.message}\n{came.log}") if subject.tidy else "",
        "" if outcome == right else _told(came),
        came.seconds,
    )


def _has_pulled(stage: Stage) -> bool:
    """Whether a layer was read of the registry since it was told to forget."""
    asked = stage.engine.registry_log()
    read = {request.path.rpartition("/")[2] for request in asked if request.method == "GET"}
    return bool(read & stage.layers)


def _lacking(row: Row, said: str) -> str:
    missing = [f"does not say {text!r}" for text in row.says if text not in said]
    wrong = [f"says {text!r}" for text in row.never if text in said]
    return ", ".join([*missing, *wrong])


def _told(came: Came) -> str:
    """The message, or the last line that was printed where there is none."""
    lines = [line.strip() for line in came.log.splitlines() if line.strip()]
    return re.sub(UUID, "…", came.message.strip() or "".join(lines[-1:]))[:MOST]
