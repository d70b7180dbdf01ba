"""What came of the cells, kept in a file of JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """What came of one cell. `outcome` is a content or the class of an error."""

    subject: str
    engine: str
    state: str
    shape: str
    platform: str
    expected: str
    outcome: str
    returncode: int | None
    message: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether it is what it should be.

        The fork has an error class for each reason. Upstream has none of them, so any refusal
        counts as right for it where a refusal is right, and so does the wanted content.
        """
        if self.subject == "fork" or self.outcome == self.expected:
            return self.outcome == self.expected
        if self.outcome == self.platform:
            return True
        refused = not self.outcome.startswith("linux/") and self.outcome not in {"hangs", "dies"}
        return refused and not self.runs_expected

    @property
    def runs_expected(self) -> bool:
        """Whether the right outcome is a container."""
        return self.expected.startswith("linux/")

    @property
    def unproved(self) -> bool:
        """Whether the right outcome, as yet, is a container of another content than the wanted."""
        return self.runs_expected and self.expected != self.platform

    @property
    def cell(self) -> tuple[str, ...]:
        """What it is the result of."""
        return self.subject, self.engine, self.state, self.shape, self.platform


@dataclass
class Results:
    """The results of one or several runs, each cell once, and what they were runs of."""

    commands: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, ...], Result] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Add a result, in place of an earlier one of the same cell."""
        self.cells[result.cell] = result


def load(path: Path) -> Results:
    """The results in `path`; none if there is no such file."""
    if not path.exists():
        return Results()
    document: Mapping[str, Any] = json.loads(path.read_text())
    results = Results(list(document["commands"]), dict(document["versions"]))
    for fields in document["results"]:
        results.add(Result(**fields))
    return results


def save(results: Results, path: Path) -> None:
    """Write `results` to `path`, one result a line; messages only of what is wrong."""
    head = json.dumps({"commands": results.commands, "versions": results.versions})
    kept = (replace(r, message="") if r.right else r for r in results.cells.values())
    lines = ",\n".join(json.dumps(asdict(result)) for result in kept)
    path.write_text(f'{head[:-1]}, "results": [\n{lines}\n]}}\n')


def merged(many: Iterable[Results]) -> Results:
    """All of `many` in one; of the same cell the last."""
    one = Results()
    for results in many:
        one.commands += [command for command in results.commands if command not in one.commands]
        one.versions |= results.versions
        one.cells |= results.cells
    return one
