"""The command line: `python -m tools.matrix`."""

import argparse
import platform
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.images.errors import ImageError
from tools.images.ports import PLATFORMS
from tools.lab.errors import LabError
from tools.lab.lab import Lab, temporary_lab
from tools.lab.specs import ALL_SPECS, SPECS
from tools.matrix.cases import SHAPE_NAMES, STATES, Case, cases
from tools.matrix.prepare import why_not
from tools.matrix.results import PYTHON, Result, Results, key_of, load, save
from tools.matrix.run import JOBS, run
from tools.matrix.select import SELECTIONS
from tools.matrix.subject import Subject, ours, upstream

SUBJECTS = {"fork": ours, "upstream": upstream}
KEEP_EVERY = 10.0
"""Seconds after which results are kept in their file: what a run that is ended may lose."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cells and keep what came of them; returns 1 if one of the fork's is wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    results = load(options.json) if options.json else Results()
    results.note_command(f"python -m tools.matrix {shlex.join(arguments)}")
    results.note_version(PYTHON, platform.python_version())
    chosen = SELECTIONS[options.cells](
        (engine, case)
        for engine in options.engine or SPECS
        for case in cases(
            options.state or STATES, options.shape or SHAPE_NAMES, options.platform or PLATFORMS
        )
        if not why_not(case)
    )
    try:
        with temporary_lab() as lab:
            for name in dict.fromkeys(engine for engine, _ in chosen):
                wanted = [case for engine, case in chosen if engine == name]
                _run_engine(lab, name, wanted, results, options)
    except (ImageError, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    _summarise(results)
    return int(any(not r.right for r in results.cells.values() if r.subject == "fork"))


def _run_engine(
    lab: Lab, name: str, chosen: Sequence[Case], results: Results, options: argparse.Namespace
) -> None:
    """Add what comes of `chosen` on the engine `name`; an engine that fails is said in `unrun`."""
    try:
        engine = lab.engine(name)
        results.note_version(name, engine.version)
        for subject_name in options.subject or ["fork"]:
            subject: Subject = SUBJECTS[subject_name]()
            results.note_version(subject_name, subject.same or subject.version())
            open_ = [
                case for case in chosen if key_of(subject_name, name, case) not in results.cells
            ]
            kept = time.monotonic()
            for result in run(engine, subject, open_, options.jobs):
                results.add(result)
                _tell(result)
                if time.monotonic() - kept > KEEP_EVERY:
                    _keep(results, options.json)
                    kept = time.monotonic()
    except (ImageError, LabError) as error:
        results.unrun[name] = str(error)
        print(f"error: {error}", file=sys.stderr)
    finally:
        _keep(results, options.json)
        lab.stop(name)


def _keep(results: Results, path: Path | None) -> None:
    if path:
        save(results, path)


def _tell(result: Result) -> None:
    mark = "right" if result.right else "WRONG"
    cell = f"{result.subject} {result.engine} {result.state} {result.shape} {result.platform}"
    came = "" if result.right else f", not {result.expected}: {result.message}"
    print(f"{mark} {cell}: {result.outcome} ({result.seconds:.1f} s){came}", flush=True)


def _summarise(results: Results) -> None:
    cells: Iterable[Result] = results.cells.values()
    counts = Counter((r.subject, r.engine, r.right) for r in cells)
    for subject, engine in dict.fromkeys((s, e) for s, e, _ in counts):
        right, wrong = counts[subject, engine, True], counts[subject, engine, False]
        print(f"{subject} on {engine}: {right} right, {wrong} wrong")
    for engine, why in results.unrun.items():
        print(f"not run on {engine}: {why}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.matrix", description=__doc__)
    add = parser.add_argument
    add("--engine", action="append", choices=ALL_SPECS, help="may be repeated, as all that choose")
    add("--platform", action="append", choices=PLATFORMS)
    add("--shape", action="append", choices=SHAPE_NAMES, metavar="SHAPE")
    add("--state", action="append", choices=STATES)
    add("--subject", action="append", choices=SUBJECTS, help="default: the fork")
    add("--cells", choices=SELECTIONS, default="all", help="of those: every one, or a selection")
    add("--jobs", type=int, default=JOBS, metavar="N", help="run N cells at once")
    add("--json", type=Path, metavar="FILE", help="add to the results in FILE what it has not")
    return parser


if __name__ == "__main__":
    sys.exit(main())
