"""The results as a page: pure, from what is in the file of JSON."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tools.images.ports import PLATFORMS
from tools.lab.specs import SPECS
from tools.matrix.cases import SHAPE_NAMES, STATES, cases
from tools.matrix.prepare import why_not
from tools.matrix.results import PYTHON, Result, Results

NAMES = {"fork": "this fork", "upstream": "upstream"}


def page(results: Results, sources: Sequence[str], picture: str) -> str:
    """The page in Markdown; `sources` and `picture` are links to JSON and to the drawing of it."""
    cells = list(results.cells.values())
    subjects = [name for name in NAMES if any(cell.subject == name for cell in cells)]
    engines = engines_of(results)
    return "\n".join(
        [
            "# The matrix",
            "",
            "Image shapes, platforms and states on real engines: each cell has one right outcome,",
            "written down beforehand (`tools/matrix/expected.py`): the container of the right",
            "content, or a refusal that names the reason. Generated, not written:",
            "",
            *(f"    {command}" for command in results.commands),
            "",
            f"The results are in {' and '.join(f'[{file}]({file})' for file in sources)}.",
            "",
            f"![The grid of cells]({picture})",
            "",
            *_versions(results),
            *_counts(results, subjects),
            *_sums(cells, subjects, engines),
            *_notes(),
            *_states(),
            *(line for subject in subjects for line in _wrong(cells, subject)),
            *_grid(cells, subjects, engines),
        ]
    )


def engines_of(results: Results) -> list[str]:
    """The engines that there are results of, in the order of the lab's."""
    names = dict.fromkeys(cell.engine for cell in results.cells.values())
    return sorted(names, key=lambda name: [*SPECS, name].index(name))


def _versions(results: Results) -> Iterator[str]:
    yield "## Versions"
    yield ""
    order = [PYTHON, *NAMES, *SPECS, *results.versions]
    names = sorted(results.versions, key=order.index)
    yield ", ".join(f"{name} {results.versions[name]}" for name in names) + "."
    yield ""


def _sums(
    cells: Sequence[Result], subjects: Sequence[str], engines: Sequence[str]
) -> Iterator[str]:
    yield "## In sum"
    yield ""
    yield "Right cells of all that were run."
    yield ""
    yield from _table(
        ["engine", *(NAMES[subject] for subject in subjects)],
        [
            *([e, *_scores([c for c in cells if c.engine == e], subjects)] for e in engines),
            ["all", *_scores(cells, subjects)],
        ],
    )


def _counts(results: Results, subjects: Sequence[str]) -> Iterator[str]:
    every = cases()
    reasons = Counter(why_not(case) for case in every)
    there = reasons.pop(None) * len(SPECS)
    yield "## Cells"
    yield ""
    yield (
        f"{len(every) * len(SPECS)} are {len(SPECS)} engines, {len(STATES)} states, "
        f"{len(SHAPE_NAMES)} shapes and {len(PLATFORMS)} platforms. Only what ran and was right "
        "counts as passed."
    )
    yield ""
    yield from _table(
        ["cells", "number"],
        [
            *([f"there can't be: {why}", str(n * len(SPECS))] for why, n in reasons.most_common()),
            ["there can be", f"**{there}**"],
            *([f"run: {NAMES[s]}", str(_run_by(results, s))] for s in subjects),
            *([f"not run: {NAMES[s]}", str(there - _run_by(results, s))] for s in subjects),
        ],
    )
    for what, why in results.unrun.items():
        yield f"Not run on {what}: {why}"
        yield ""
    yield "What was not run otherwise was not chosen by the commands above."
    yield ""


def _run_by(results: Results, subject: str) -> int:
    return sum(key[0] == subject and key[1] in SPECS for key in results.cells)


def _notes() -> Iterator[str]:
    yield (
        "The fork is right if the content is, or the class of the error. Upstream has no such "
        "classes, so any refusal counts as right for it where a refusal is right, and so does a "
        "container of the wanted content. Upstream is the first release that has what the cells "
        "run of it, `oci_container.py` and all that this imports, as the newest has it."
    )
    yield ""


def _states() -> Iterator[str]:
    yield "## States"
    yield ""
    yield from _table(["state", "when the container is wanted"], map(list, STATES.items()))


def _grid(
    cells: Sequence[Result], subjects: Sequence[str], engines: Sequence[str]
) -> Iterator[str]:
    by_key: dict[tuple[str, ...], list[Result]] = {}
    for cell in cells:
        by_key.setdefault((cell.shape, cell.engine, cell.subject), []).append(cell)
    for subject in subjects:
        yield f"## By shape: {NAMES[subject]}"
        yield ""
        rows = [
            [f"`{shape}`", *(_score(by_key.get((shape, e, subject), ())) for e in engines)]
            for shape in SHAPE_NAMES
        ]
        yield from _table(["shape", *engines], rows)


def _wrong(cells: Sequence[Result], subject: str) -> Iterator[str]:
    wrong = sorted(
        (cell for cell in cells if cell.subject == subject and not cell.right),
        key=lambda c: (c.shape, c.state, c.platform, c.expected, c.outcome, c.engine),
    )
    yield f"## Wrong: {NAMES[subject]}"
    yield ""
    if not wrong:
        yield "None."
        yield ""
        return
    keys = groupby(wrong, key=lambda c: (c.shape, c.state, c.platform, c.expected, c.outcome))
    yield from _table(
        ["shape", "state", "platform", "right", "came", "engines"],
        [
            [f"`{shape}`", state, platform, right, came, ", ".join(c.engine for c in group)]
            for (shape, state, platform, right, came), group in keys
        ],
    )


def _scores(cells: Sequence[Result], subjects: Sequence[str]) -> list[str]:
    return [_score(cell for cell in cells if cell.subject == subject) for subject in subjects]


def _score(cells: Iterable[Result]) -> str:
    every = list(cells)
    if not every:
        return ""
    right = sum(cell.right for cell in every)
    return f"{right}/{len(every)}" if right == len(every) else f"**{right}**/{len(every)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"
    yield ""
