"""What came of the cases, kept in files of JSON."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tools.reported.rank import Rank

DOCS = Path(__file__).parents[2] / "docs"
FILES = {"fork": DOCS / "reported.json", "upstream": DOCS / "reported-upstream.json"}
COLUMNS = (
    "row, engine, its version, the program's version, expected, outcome, rank, "
    "lacks, message, seconds"
)

Key: TypeAlias = tuple[str, str]
"""A row and an engine."""


@dataclass(frozen=True)
class Result:
    """What came of a case: see tools/reported/row.py for the outcome, rank.py for its worth.

    `expected` is the right outcome; `lacks` is what the fork should have said and has not, or the
    other way round.
    """

    row: str
    engine: str
    engine_version: str
    version: str
    expected: str
    outcome: str
    rank: Rank
    lacks: str
    message: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether it is the one right outcome, and says what it should."""
        return self.outcome == self.expected and not self.lacks

    @property
    def key(self) -> Key:
        """What it is the result of."""
        return self.row, self.engine

    def __str__(self) -> str:
        """As a line for who has run it."""
        more = "" if self.right else f", not {self.expected} ({self.rank.name})"
        told = " ".join(filter(None, [self.lacks, self.message]))
        came = f"{self.row} on {self.engine}: {self.outcome}{more} ({self.seconds} s)"
        return came if self.right else f"{came}: {told}"


@dataclass
class Results:
    """The results of one program."""

    cells: dict[Key, Result] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Add a result, in place of an earlier one of the same case."""
        self.cells[result.key] = result

    def lacks(self, row: str, engine: str, version: str) -> bool:
        """Whether there is no result of the case with this version of the program."""
        known = self.cells.get((row, engine))
        return known is None or known.version != version


def load(path: Path) -> Results:
    """The results in `path`; none if there is no such file."""
    results = Results()
    if path.exists():
        rows: list[Any] = json.loads(path.read_text())["results"]
        for fields in rows[:-1]:
            row, engine, of, version, expected, outcome, rank, *more = fields
            results.add(
                Result(row, engine, of, version, expected, outcome, Rank[rank.upper()], *more)
            )
    return results


def save(results: Results, path: Path) -> None:
    """Write `results` to `path`, a line for each, all with a comma so that git can merge them."""
    lines = "".join(
        json.dumps(_fields(results.cells[key]), separators=(",", ":")) + ",\n"
        for key in sorted(results.cells)
    )
    new = path.with_suffix(".new")
    new.write_text(f'{{"columns": {json.dumps(COLUMNS)}, "results": [\n{lines}null]}}\n')
    new.rename(path)


def _fields(result: Result) -> list[Any]:
    return [
        *(result.row, result.engine, result.engine_version, result.version, result.expected),
        *(result.outcome, result.rank.name.lower(), result.lacks, result.message, result.seconds),
    ]
