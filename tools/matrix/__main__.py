"""The command line: `python -m tools.matrix`."""

import argparse
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.images.errors import ImageError
from tools.images.ports import PLATFORMS
from tools.lab.errors import LabError
from tools.lab.lab import Lab, temporary_lab
from tools.lab.specs import SPECS
from tools.matrix.cases import SHAPE_NAMES, STATES, Case, cases
from tools.matrix.prepare import why_not
from tools.matrix.results import Result, Results, load, merged, save
from tools.matrix.run import JOBS, run
from tools.matrix.select import SELECTIONS
from tools.matrix.subject import Subject, ours, upstream

SUBJECTS = {"fork": ours, "upstream": upstream}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cells and keep what came of them; returns 1 if one of the fork's is wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    if options.page:
        return _write_page(options)
    results = load(options.json) if options.json else Results()
    command = f"python -m tools.matrix {shlex.join(arguments)}"
    results = merged([results, Results([command], {"Python": platform.python_version()})])
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
        results.versions[name] = engine.version
        for subject_name in options.subject or ["fork"]:
            subject: Subject = SUBJECTS[subject_name]()
            results.versions[subject_name] = subject.version()
            open_ = [
                case
                for case in chosen
                if (subject_name, name, case.state, case.shape, case.platform) not in results.cells
            ]
            for result in run(engine, subject, open_, options.jobs):
                results.add(result)
                _tell(result)
                _keep(results, options.json, now=len(results.cells) % 10 == 0)
    except (ImageError, LabError) as error:
        results.unrun[name] = str(error)
        print(f"error: {error}", file=sys.stderr)
    finally:
        _keep(results, options.json)
        lab.stop(name)


def _keep(results: Results, path: Path | None, *, now: bool = True) -> None:
    if path and now:
        save(results, path)


def _write_page(options: argparse.Namespace) -> int:
    """Write the page and the picture beside the file of JSON."""
    from tools.matrix.page import page  # noqa: PLC0415
    from tools.matrix.picture import draw  # noqa: PLC0415 - needs a plotting library

    results = load(options.json)
    target: Path = options.page
    drawing = target.with_suffix(".png")
    draw(results, drawing)
    target.write_text(page(results, options.json.name, drawing.name))
    return 0


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
    add("--engine", action="append", choices=SPECS, help="may be repeated, as all that choose")
    add("--platform", action="append", choices=PLATFORMS)
    add("--shape", action="append", choices=SHAPE_NAMES, metavar="SHAPE")
    add("--state", action="append", choices=STATES)
    add("--subject", action="append", choices=SUBJECTS, help="default: the fork")
    add("--cells", choices=SELECTIONS, default="all", help="of those: every one, or a selection")
    add("--jobs", type=int, default=JOBS, metavar="N", help="run N cells at once")
    add("--json", type=Path, metavar="FILE", help="add to the results in FILE what it has not")
    add(
        "--page", type=Path, metavar="PAGE", help="run nothing: write PAGE from the results in FILE"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
