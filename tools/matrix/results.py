"""What came of the cells, kept in a file of JSON."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from tools.matrix.cases import Case

Key: TypeAlias = tuple[str, str, str, str, str]
"""A subject, engine, state, shape and platform."""

PYTHON = "Python"
"""The name, among those of engines and programs, of what runs the matrix."""


def key_of(subject: str, engine: str, case: Case) -> Key:
    """What a cell's result is found by."""
    return subject, engine, case.state, case.shape, case.platform


class VersionsDifferError(Exception):
    """Results of one engine or program are of several versions of it."""


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
        return refused and not self.expected.startswith("linux/")

    @property
    def cell(self) -> Key:
        """What it is the result of."""
        return self.subject, self.engine, self.state, self.shape, self.platform


@dataclass
class Results:
    """The results of one or several runs, each cell once, and what they were runs of.

    `unrun` says of an engine why cells of it that were chosen have no result.
    """

    commands: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    unrun: dict[str, str] = field(default_factory=dict)
    cells: dict[Key, Result] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Add a result, in place of an earlier one of the same cell."""
        self.cells[result.cell] = result

    def note_command(self, command: str) -> None:
        """Note what is run now, unless it was run before."""
        self.commands = list(dict.fromkeys([*self.commands, command]))

    def note_version(self, name: str, version: str) -> None:
        """Note the version of what is run now; what came of another version is dropped."""
        self.unrun.pop(name, None)
        if self.versions.get(name, version) != version:
            self.cells = {key: came for key, came in self.cells.items() if name not in key[:2]}
        self.versions[name] = version


def load(path: Path) -> Results:
    """The results in `path`; none if there is no such file."""
    if not path.exists():
        return Results()
    document: dict[str, Any] = json.loads(path.read_text())
    results = Results(document["commands"], document["versions"], document["unrun"])
    for row in document["results"]:
        subject, engine, state, shape, cells = row
        for platform, cell in cells.items():
            results.add(Result(subject, engine, state, shape, platform, *cell))
    return results


def save(results: Results, path: Path) -> None:
    """Write `results` to `path`, a line for each shape; messages only of what is wrong."""
    head = {
        "commands": results.commands,
        "versions": results.versions,
        "unrun": results.unrun,
        "columns": "expected, outcome, returncode, message, seconds",
    }
    cells = sorted(results.cells.values(), key=lambda result: result.cell)
    rows = (
        [*key, {result.platform: _fields(result) for result in group}]
        for key, group in groupby(cells, lambda result: result.cell[:4])
    )
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    new = path.with_suffix(".new")
    new.write_text(f'{json.dumps(head)[:-1]}, "results": [\n{lines}\n]}}\n')
    new.rename(path)


def beside(results: Results, kept: Results) -> Results:
    """What is `kept` of another program in the cells of `results`, on the same engines."""
    run = {key[1:] for key in results.cells}
    same = dict(kept.versions.items() & results.versions.items())
    cells = {key: came for key, came in kept.cells.items() if key[1:] in run and key[1] in same}
    versions = {name: kept.versions[name] for key in cells for name in key[:2]}
    return Results(kept.commands if cells else [], versions, cells=cells)


def _fields(result: Result) -> tuple[Any, ...]:
    message = "" if result.right else result.message
    return result.expected, result.outcome, result.returncode, message, round(result.seconds, 1)


def merged(many: Iterable[Results]) -> Results:
    """All of `many` in one; of the same cell the last.

    Raises VersionsDifferError when they are not of the same engines and programs.
    """
    one = Results()
    for results in many:
        for name, version in results.versions.items():
            known = one.versions.setdefault(name, version)
            if known != version and name != PYTHON:
                message = f"{name} is {known} in some results and {version} in others"
                raise VersionsDifferError(message)
        for command in results.commands:
            one.note_command(command)
        one.unrun |= results.unrun
        one.cells |= results.cells
    return one
