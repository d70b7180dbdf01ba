"""Writes the page of results, and beside it the picture.

python -m tools.matrix.report PAGE JSON...
"""

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.matrix.page import page
from tools.matrix.picture import draw
from tools.matrix.results import Results, VersionsDifferError, load, merged


def main(arguments: Sequence[str] | None = None) -> int:
    """Write them; returns 1 if the results are not of the same engines and programs."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m tools.matrix.report", description=__doc__)
    parser.add_argument("page", type=Path, metavar="PAGE")
    parser.add_argument("json", type=Path, nargs="+", metavar="JSON")
    options = parser.parse_args(arguments)
    try:
        results = merged(map(load, options.json))
    except VersionsDifferError as error:
        print(f"error: {error}: run the older ones anew", file=sys.stderr)
        return 1
    results.note_command(f"python -m tools.matrix.report {shlex.join(arguments)}")
    write(results, options.page, options.json)
    return 0


def write(results: Results, target: Path, sources: Iterable[Path]) -> None:
    """Write the page `target` of `results`, which are kept in `sources`, and the picture."""
    drawing = target.with_suffix(".png")
    draw(results, drawing)
    links = [os.path.relpath(file, target.parent) for file in sources]
    target.write_text(page(results, links, drawing.name))


if __name__ == "__main__":
    sys.exit(main())
