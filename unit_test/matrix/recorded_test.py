"""The results in docs/: complete, judged by the table as it is now, and those of the page."""

from collections import Counter
from pathlib import Path

import pytest

from tools.fork import release
from tools.fork.upstream import read_lock
from tools.lab.specs import SPECS
from tools.matrix.cases import Case, cases
from tools.matrix.expected import expected
from tools.matrix.page import page
from tools.matrix.prepare import why_not
from tools.matrix.results import Results, key_of, load, merged
from tools.matrix.subject import FIRST, what_runs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCES = {"fork": "matrix.json", "upstream": "matrix-upstream.json"}


@pytest.fixture(scope="module")
def recorded() -> dict[str, Results]:
    """What is kept of each program."""
    return {subject: load(DOCS / file) for subject, file in SOURCES.items()}


@pytest.mark.parametrize("subject", SOURCES)
def test_every_cell_was_run_or_is_told_not_to_be(
    recorded: dict[str, Results], subject: str
) -> None:
    there = {
        key_of(subject, engine, case) for engine in SPECS for case in cases() if not why_not(case)
    }
    results = recorded[subject]
    lacking = Counter(engine for _, engine, *_ in there - set(results.cells))
    assert set(results.cells) <= there
    told = {engine: int(why.partition(" ")[0]) for engine, why in results.unrun.items()}
    assert told == lacking


@pytest.mark.parametrize("subject", SOURCES)
def test_cells_were_judged_by_the_table(recorded: dict[str, Results], subject: str) -> None:
    versions = recorded[subject].versions
    differ = [
        result.cell
        for result in recorded[subject].cells.values()
        if result.expected
        != expected(
            Case(result.state, result.shape, result.platform),
            result.engine,
            versions[result.engine],
        )
    ]
    assert not differ


def test_every_cell_of_the_fork_is_right(recorded: dict[str, Results]) -> None:
    assert [result.cell for result in recorded["fork"].cells.values() if not result.right] == []


def test_the_release_is_the_same_in_what_the_cells_ran(recorded: dict[str, Results]) -> None:
    lock = read_lock(ROOT)
    files = release.wheel_files(release.wheel(ROOT, lock.version, lock.wheel))
    ran = recorded["upstream"].versions["upstream"]
    assert ran in {lock.version, FIRST.get(what_runs(files))}


def test_page_is_of_these_results(recorded: dict[str, Results]) -> None:
    files = " ".join(f"docs/{file}" for file in SOURCES.values())
    results = merged(recorded.values())
    results.note_command(f"python -m tools.matrix.report docs/matrix.md {files}")
    assert page(results, list(SOURCES.values()), "matrix.png") == (DOCS / "matrix.md").read_text()
