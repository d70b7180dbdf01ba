"""The command line: `python -m tools.matrix`."""

import argparse
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.images.ports import PLATFORMS
from tools.lab.errors import LabError
from tools.lab.lab import temporary_lab
from tools.lab.specs import SPECS
from tools.matrix.cases import SHAPE_NAMES, STATES, cases
from tools.matrix.page import page
from tools.matrix.prepare import why_not
from tools.matrix.results import Result, Results, load, merged, save
from tools.matrix.run import run
from tools.matrix.subject import ours, upstream

ENGINES = ("docker20", "docker26-containerd", "docker28-containerd", "podman5.4")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cells and keep what came of them; returns 1 if one of the fork's is wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    if options.page:
        return _write_page(options)
    chosen = [
        case
        for case in cases(
            options.state or ("fresh", "other", "offline"),
            options.shape or SHAPE_NAMES,
            options.platform or PLATFORMS,
        )
        if not why_not(case)
    ]
    subjects = [ours(), *([upstream()] if options.against_upstream else [])]
    results = Results([f"python -m tools.matrix {shlex.join(arguments)}"])
    results.versions["Python"] = platform.python_version()
    try:
        with temporary_lab() as lab:
            for name in options.engine or ENGINES:
                engine = lab.engine(name)
                results.versions[name] = engine.version
                for subject in subjects:
                    results.versions[subject.name] = subject.version()
                    engine.reset()
                    for result in run(engine, subject, chosen, options.jobs):
                        results.add(result)
                        _tell(result)
                    _keep(results, options.json)
                lab.stop(name)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    _summarise(results.cells.values())
    return int(any(not r.right for r in results.cells.values() if r.subject == "fork"))


def _keep(results: Results, path: Path | None) -> None:
    """Add `results` to those in `path`."""
    if path:
        save(merged([load(path), results]), path)


def _write_page(options: argparse.Namespace) -> int:
    """Write the page and the picture beside the file of JSON."""
    from tools.matrix.picture import draw  # noqa: PLC0415 - needs a plotting library

    results = load(options.json)
    target: Path = options.page
    drawing = target.with_suffix(".svg")
    draw(results, drawing)
    target.write_text(page(results, options.json.name, drawing.name))
    return 0


def _tell(result: Result) -> None:
    mark = "right" if result.right else "WRONG"
    cell = f"{result.subject} {result.engine} {result.state} {result.shape} {result.platform}"
    came = "" if result.right else f", not {result.expected}: {result.message}"
    print(f"{mark} {cell}: {result.outcome} ({result.seconds:.1f} s){came}", flush=True)


def _summarise(results: Iterable[Result]) -> None:
    counts = Counter((r.subject, r.engine, r.right) for r in results)
    for subject, engine in dict.fromkeys((s, e) for s, e, _ in counts):
        right, wrong = counts[subject, engine, True], counts[subject, engine, False]
        print(f"{subject} on {engine}: {right} right, {wrong} wrong")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.matrix", description=__doc__)
    add = parser.add_argument
    add("--engine", action="append", choices=SPECS, help="may be repeated, as all that choose")
    add("--platform", action="append", choices=PLATFORMS)
    add("--shape", action="append", choices=SHAPE_NAMES, metavar="SHAPE")
    add("--state", action="append", choices=STATES)
    add("--against-upstream", action="store_true", help="run the unmodified release as well")
    add("--jobs", type=int, default=1, metavar="N", help="run N cells at once")
    add("--json", type=Path, metavar="FILE", help="add the results to those in FILE")
    add(
        "--page", type=Path, metavar="PAGE", help="run nothing: write PAGE from the results in FILE"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
