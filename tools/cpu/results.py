"""What was measured, kept in a file of JSON, and the table of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import geometric_mean, median

from tools.cpu.candidates import DEFAULT

MANY = 3


@dataclass
class Column:
    """What one emulated CPU of one QEMU came to.

    `seconds` are of processor time, one a round, by the name of the work. `lost` are the features
    that the default CPU of the same QEMU shows to programs and this one does not, `gained` the
    other way round; all three are empty, and `refused` is true, where QEMU has no such CPU.
    """

    architecture: str
    release: str
    version: str
    cpu: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)
    refused: bool = False


@dataclass
class Results:
    """What several runs came to, and their commands."""

    commands: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)

    def replace(self, command: str, columns: Sequence[Column]) -> None:
        """Take `columns`, which `command` measured, in place of those of the same machines."""
        new = {(column.architecture, column.release) for column in columns}
        self.columns = [c for c in self.columns if (c.architecture, c.release) not in new]
        self.columns += columns
        if command not in self.commands:
            self.commands.append(command)


def save(path: Path, results: Results) -> None:
    """Write all of `results`."""
    path.write_text(json.dumps(asdict(results), indent=1) + "\n")


def load(path: Path) -> Results:
    """What `save` wrote; nothing if it never did."""
    if not path.exists():
        return Results()
    document = json.loads(path.read_text())
    columns = [Column(**column) for column in document["columns"]]
    return Results(document["commands"], columns)


def ratios(column: Column, default: Column) -> dict[str, tuple[float, float, float]]:
    """For each piece of work the median, least and greatest of time to time of `default`.

    Those of one round are compared, as they were measured close together.
    """
    found = {}
    for name, seconds in column.seconds.items():
        pairs = zip(seconds, default.seconds[name], strict=True)
        each = [ours / theirs for ours, theirs in pairs]
        found[name] = (median(each), min(each), max(each))
    return found


def table(columns: Sequence[Column]) -> str:
    """A table for people: times of the default, and of the others how they compare with it."""
    work = list(next(column for column in columns if column.seconds).seconds)
    head = ["architecture", "QEMU", "`QEMU_CPU`", *work, "in all", "features lost"]
    lines = [_row(head), _row(["---"] * len(head))]
    by_place = {(c.architecture, c.release): c for c in columns if c.cpu == DEFAULT}
    lines += [_line(c, by_place[c.architecture, c.release], work) for c in columns]
    return "\n".join(lines) + "\n"


def _line(column: Column, default: Column, work: Sequence[str]) -> str:
    place = [column.architecture, column.release]
    if column.refused:
        return _row([*place, f"`{column.cpu}`", *[""] * len(work), "", "QEMU refuses it"])
    if column is default:
        times = [f"{median(column.seconds[name]):.2f} s" for name in work]
        return _row([*place, "none", *times, "1", ""])
    compared = ratios(column, default)
    cells = [_cell(*compared[name]) for name in work]
    overall = f"**{geometric_mean(compared[name][0] for name in work):.2f}**"
    return _row([*place, f"`{column.cpu}`", *cells, overall, _features(column)])


def _cell(middle: float, least: float, greatest: float) -> str:
    return f"{middle:.2f} ({least:.2f}-{greatest:.2f})"


def _features(column: Column) -> str:
    if len(column.lost) > MANY:
        return f"{len(column.lost)}, {', '.join(column.lost[:MANY])} and others"
    return ", ".join(column.lost) or "none"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
