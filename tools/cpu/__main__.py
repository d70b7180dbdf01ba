"""The command line: `python -m tools.cpu`."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.cpu.candidates import CANDIDATES, DEFAULT, GENERATIONS
from tools.cpu.features import features
from tools.cpu.measure import Machine
from tools.cpu.results import Column, load, save, table
from tools.cpu.root import WORK
from tools.images.errors import ImageError

RELEASES = [generation.release for generation in GENERATIONS]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, or write the table of what was; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    if options.table:
        print(table(load(options.json).columns), end="")
        return 0
    command = f"python -m tools.cpu {shlex.join(arguments)}"
    try:
        for architecture in options.architecture or CANDIDATES:
            for generation in GENERATIONS:
                if generation.release not in (options.release or RELEASES):
                    continue
                machine = Machine.of(architecture, generation)
                measured = _columns(machine)
                for _ in range(options.rounds):
                    able = [column for column in measured if not column.refused]
                    _measure(machine, able, options.work or list(WORK))
                results = load(options.json)
                results.replace(command, measured)
                save(options.json, results)
                print(table(measured), flush=True)
    except (ImageError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _columns(machine: Machine) -> list[Column]:
    """One for each CPU that is compared, with what it offers to programs."""
    default = features(machine, DEFAULT)
    if default is None:
        msg = f"nothing runs on {machine}"
        raise RuntimeError(msg)
    columns = []
    for cpu in (DEFAULT, *CANDIDATES[machine.architecture]):
        place = (machine.architecture, machine.generation.release, machine.version(), cpu)
        offered = features(machine, cpu)
        columns.append(
            Column(*place, refused=True)
            if offered is None
            else Column(*place, lost=sorted(default - offered), gained=sorted(offered - default))
        )
    return columns


def _measure(machine: Machine, columns: Sequence[Column], work: Sequence[str]) -> None:
    """One round: each piece of work on each CPU, one CPU after the other."""
    for name in work:
        for column in columns:
            column.seconds.setdefault(name, []).append(machine.cost(column.cpu, WORK[name]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.cpu", description=__doc__)
    parser.add_argument("--architecture", action="append", choices=CANDIDATES)
    parser.add_argument("--release", action="append", choices=RELEASES, help="of QEMU")
    parser.add_argument("--work", action="append", choices=WORK)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, required=True, help="where the results are kept")
    parser.add_argument("--table", action="store_true", help="write the table of results kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
