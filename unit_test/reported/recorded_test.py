"""The results in docs/: complete, judged by the table as it is now, and those of the page."""

from urllib.parse import urlsplit

import pytest

from tools.reported.cases import KINDS, ROWS
from tools.reported.page import page
from tools.reported.rank import is_worse
from tools.reported.results import DOCS, FILES, Results, load, save
from tools.reported.row import ENGINES, Row

CELLS = [(row.name, engine) for row in ROWS.values() for engine in row.engines]


@pytest.fixture(scope="module")
def recorded() -> dict[str, Results]:
    """What is kept of each program."""
    return {subject: load(file) for subject, file in FILES.items()}


@pytest.mark.parametrize("subject", FILES)
def test_every_case_was_run_on_every_engine(recorded: dict[str, Results], subject: str) -> None:
    assert [key for key in CELLS if key not in recorded[subject].cells] == []


@pytest.mark.parametrize("subject", FILES)
def test_cases_were_judged_by_the_table(recorded: dict[str, Results], subject: str) -> None:
    cells = recorded[subject].cells
    right = {key: ROWS[key[0]].right_for(key[1]) for key in CELLS if key in cells}
    assert {key: cells[key].expected for key in right} == right


def test_the_fork_is_right(recorded: dict[str, Results]) -> None:
    cells = recorded["fork"].cells
    assert [str(cells[key]) for key in CELLS if key in cells and not cells[key].right] == []


def test_the_fork_is_nowhere_worse(recorded: dict[str, Results]) -> None:
    fork, upstream = (recorded[name].cells for name in FILES)
    both = [key for key in CELLS if key in fork and key in upstream]
    assert [key for key in both if is_worse(fork[key].rank, upstream[key].rank)] == []


def test_no_name_is_there_twice() -> None:
    assert len(ROWS) == sum(map(len, KINDS.values()))


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_is_whole(row: Row) -> None:
    report = urlsplit(row.report)
    assert report.scheme == "https"
    assert report.path.strip("/")
    assert {*row.engines, *row.right_on} <= set(ENGINES)
    assert bool(row.why) is (set(row.engines) != set(ENGINES))


def test_the_page_is_of_results() -> None:
    assert page(Results(), Results()).startswith("# Reported cases\n")
    assert (DOCS / "reported.md").read_text().startswith("# Reported cases\n")


def test_what_is_saved_is_loaded(recorded: dict[str, Results], tmp_path: object) -> None:
    file = FILES["fork"].__class__(str(tmp_path)) / "results.json"
    save(recorded["fork"], file)
    assert load(file) == recorded["fork"]
