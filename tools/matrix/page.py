"""The results as a page: pure, from what is in the file of JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tools.lab.specs import SPECS
from tools.matrix.cases import SHAPE_NAMES, STATES
from tools.matrix.results import Result, Results

NAMES = {"fork": "this fork", "upstream": "upstream"}


def page(results: Results, source: str, picture: str) -> str:
    """The page in Markdown; `source` and `picture` are links to the JSON and the drawing of it."""
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
            f"The results are in [{source}]({source}).",
            "",
            f"![The grid of cells]({picture})",
            "",
            *_versions(results),
            *_sums(cells, subjects, engines),
            *_notes(cells),
            *(line for state in STATES for line in _grid(cells, state, subjects, engines)),
            *(line for subject in subjects for line in _wrong(cells, subject)),
        ]
    )


def engines_of(results: Results) -> list[str]:
    """The engines that there are results of, in the order of the lab's."""
    names = dict.fromkeys(cell.engine for cell in results.cells.values())
    return sorted(names, key=lambda name: [*SPECS, name].index(name))


def _versions(results: Results) -> Iterator[str]:
    yield "## Versions"
    yield ""
    yield ", ".join(f"{name} {version}" for name, version in results.versions.items()) + "."
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
            [e, *(_score(c for c in cells if (c.engine, c.subject) == (e, s)) for s in subjects)]
            for e in engines
        ],
    )


def _notes(cells: Sequence[Result]) -> Iterator[str]:
    unproved = sum(cell.unproved for cell in cells if cell.subject == "fork")
    yield (
        "The fork is right if the content is, or the class of the error. Upstream has no such "
        "classes, so any refusal counts as right for it where a refusal is right, and so does a "
        "container of the wanted content."
    )
    yield ""
    yield (
        f"{unproved} cells of the fork are right so far as labels go, and run a container whose "
        "content is another: single images that lie. Nothing but the content can tell."
    )
    yield ""


def _grid(
    cells: Sequence[Result], state: str, subjects: Sequence[str], engines: Sequence[str]
) -> Iterator[str]:
    of_state = [cell for cell in cells if cell.state == state]
    if not of_state:
        return
    platforms = list(dict.fromkeys(cell.platform for cell in of_state))
    yield f"## {state}"
    yield ""
    yield f"{STATES[state].capitalize()}. Platforms: {', '.join(platforms)}."
    yield ""
    shapes = [s for s in SHAPE_NAMES if any(cell.shape == s for cell in of_state)]
    by_key: dict[tuple[str, ...], list[Result]] = {}
    for cell in of_state:
        by_key.setdefault((cell.shape, cell.engine, cell.subject), []).append(cell)
    heads = [f"{engine}, {NAMES[subject]}" for engine in engines for subject in subjects]
    rows = [
        [f"`{shape}`", *(_score(by_key.get((shape, e, s), ())) for e in engines for s in subjects)]
        for shape in shapes
    ]
    yield from _table(["shape", *heads], rows)


def _wrong(cells: Sequence[Result], subject: str) -> Iterator[str]:
    wrong = sorted(
        (cell for cell in cells if cell.subject == subject and not cell.right),
        key=lambda c: (c.shape, c.state, c.outcome, c.expected, c.platform, c.engine),
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
