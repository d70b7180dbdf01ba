"""The results as a picture: a grid for each program under test, to be taken in at a glance."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from tools.matrix.cases import SHAPE_NAMES, STATES
from tools.matrix.page import NAMES, engines_of
from tools.matrix.results import Result, Results

# Told apart by all kinds of colour vision (https://personal.sron.nl/~pault/), and by lightness.
COLOURS = {
    "not run": "#ffffff",
    "right container": "#44aa99",
    "right refusal": "#88ccee",
    "right so far as labels go": "#ddcc77",
    "wrong": "#882255",
}
KINDS = list(COLOURS)


def draw(results: Results, path: Path) -> None:
    """Draw a row for each shape and a column for each engine, state and platform."""
    cells = results.cells
    subjects = [name for name in NAMES if any(key[0] == name for key in cells)]
    columns = _columns(results)
    rows = [shape for shape in SHAPE_NAMES if any(key[3] == shape for key in cells)]
    figure = Figure(figsize=(3 + 0.11 * len(columns) * len(subjects), 1.5 + 0.17 * len(rows)))
    axes = figure.subplots(1, len(subjects), sharey=True, squeeze=False)[0]
    for subject, ax in zip(subjects, axes, strict=True):
        grid = [
            [
                _kind(cells.get((subject, engine, state, shape, platform)))
                for engine, state, platform in columns
            ]
            for shape in rows
        ]
        ax.pcolormesh(
            grid, cmap=ListedColormap(list(COLOURS.values())), vmin=0, vmax=len(KINDS) - 1,
            edgecolors="white", linewidth=0.3,
        )  # fmt: skip
        ax.set_title(NAMES[subject] + " " + results.versions.get(subject, ""), fontsize=9)
        _label(ax, columns)
        ax.tick_params(length=0, labelsize=6)
    axes[0].set_yticks([n + 0.5 for n in range(len(rows))], rows)
    axes[0].invert_yaxis()
    handles = [Patch(facecolor=c, edgecolor="#bbbbbb", label=k) for k, c in COLOURS.items()]
    figure.legend(handles=handles, loc="lower center", ncols=len(KINDS), fontsize=7, frameon=False)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(path, metadata={"Date": None})


def _columns(results: Results) -> list[tuple[str, str, str]]:
    keys = results.cells
    engines = engines_of(results)
    platforms = dict.fromkeys(key[4] for key in keys)
    there = {(key[1], key[2], key[4]) for key in keys}
    every = ((e, s, p) for e in engines for s in STATES for p in platforms)
    return [column for column in every if column in there]


def _label(ax: Axes, columns: list[tuple[str, str, str]]) -> None:
    starts: dict[tuple[str, str], int] = {}
    for n, (engine, state, _) in enumerate(columns):
        starts.setdefault((engine, state), n)
    ax.set_xticks(list(starts.values()), [f"{e} {s}" for e, s in starts], rotation=90, ha="left")
    for start in starts.values():
        ax.axvline(start, color="#444444", linewidth=0.5)


def _kind(result: Result | None) -> int:
    if result is None:
        return KINDS.index("not run")
    if not result.right:
        return KINDS.index("wrong")
    if result.unproved:
        return KINDS.index("right so far as labels go")
    ran = result.outcome.startswith("linux/")
    return KINDS.index("right container" if ran else "right refusal")
