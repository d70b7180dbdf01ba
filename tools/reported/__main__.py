"""The command line: `python -m tools.reported`."""

import argparse
import sys
from collections.abc import Sequence

from tools.images.errors import ImageError
from tools.lab.errors import LabError
from tools.lab.lab import temporary_lab
from tools.matrix.subject import ours, upstream
from tools.reported.cases import ROWS
from tools.reported.results import FILES, load, save
from tools.reported.row import ENGINES
from tools.reported.together import run_all

SUBJECTS = {"fork": ours, "upstream": upstream}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen cases and keep what came of them; returns 1 if one of the fork's is wrong."""
    options = _parser().parse_args(arguments)
    rows = [ROWS[name] for name in options.row or ROWS]
    wrong = 0
    for name in options.subject or SUBJECTS:
        subject = SUBJECTS[name]()
        results = load(FILES[name])
        wanted = {
            engine: [
                row
                for row in rows
                if engine in row.engines
                and (options.again or results.lacks(row.name, engine, subject.version()))
            ]
            for engine in options.engine or ENGINES
        }
        try:
            with temporary_lab() as lab:
                for result in run_all(lab, subject, wanted, options.jobs):
                    mark = "right" if result.right else "WRONG"
                    print(f"{mark} {result}", flush=True)
                    wrong += name == "fork" and not result.right
                    results.add(result)
                    if options.keep:
                        save(results, FILES[name])
        except (ImageError, LabError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    return int(bool(wrong))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.reported", description=__doc__)
    add = parser.add_argument
    add("--engine", action="append", choices=ENGINES, help="may be repeated, as all that choose")
    add("--row", action="append", choices=ROWS, metavar="ROW")
    add("--subject", action="append", choices=SUBJECTS, help="default: both")
    add("--again", action="store_true", help="also what there is a result of in docs/")
    add("--keep", action="store_true", help="write the results into docs/")
    add("--jobs", type=int, default=3, metavar="N", help="use N engines at once")
    return parser


if __name__ == "__main__":
    sys.exit(main())
