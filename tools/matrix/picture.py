"""The results as a picture: a grid for each program under test, to be taken in at a glance."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from tools.matrix.cases import SHAPE_NAMES
from tools.matrix.page import NAMES, engines_of
from tools.matrix.results import Result, Results

# Told apart by all kinds of colour vision (https://personal.sron.nl/~pault/), and by lightness.
COLOURS = {
    "not run": "#eeeeee",
    "right: containers": "#44aa99",
    "right: refusals": "#88ccee",
    "right: both": "#66bbc3",
    "some wrong": "#cc6677",
    "all wrong": "#882255",
}
KINDS = list(COLOURS)


def draw(results: Results, path: Path) -> None:
    """Draw a square for each shape and engine, of all platforms and states that were run."""
    subjects = [name for name in NAMES if name in {key[0] for key in results.cells}]
    engines = engines_of(results)
    width = 2.6 + 0.47 * len(engines) * len(subjects)
    figure = Figure(figsize=(width, 2.2 + 0.21 * len(SHAPE_NAMES)), dpi=100)
    panels = figure.subplots(1, len(subjects), sharey=True, squeeze=False)[0]
    for subject, panel in zip(subjects, panels, strict=True):
        squares = _squares(results, subject, engines)
        panel.pcolormesh(
            [[KINDS.index(_kind(square)) for square in row] for row in squares],
            cmap=ListedColormap(list(COLOURS.values())), vmin=0, vmax=len(KINDS) - 1,
            edgecolors="white", linewidth=1,
        )  # fmt: skip
        _write(panel, squares)
        panel.set_title(f"{NAMES[subject]} {results.versions.get(subject, '')}", fontsize=10)
        panel.set_xticks([n + 0.5 for n in range(len(engines))], engines, rotation=60, ha="right")
        panel.tick_params(length=0, labelsize=8)
    panels[0].set_yticks([n + 0.5 for n in range(len(SHAPE_NAMES))], SHAPE_NAMES)
    panels[0].invert_yaxis()
    handles = [Patch(facecolor=c, edgecolor="#bbbbbb", label=k) for k, c in COLOURS.items()]
    figure.legend(handles=handles, loc="lower center", ncols=len(KINDS), fontsize=9, frameon=False)
    figure.suptitle("Cells run, and of them right where not all are", fontsize=10)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path, metadata={"Software": None})


Square = Sequence[Result]


def _squares(results: Results, subject: str, engines: Sequence[str]) -> list[list[Square]]:
    of: dict[tuple[str, str], list[Result]] = {}
    for result in results.cells.values():
        if result.subject == subject:
            of.setdefault((result.shape, result.engine), []).append(result)
    return [[of.get((shape, engine), ()) for engine in engines] for shape in SHAPE_NAMES]


def _kind(square: Square) -> str:
    right = [result for result in square if result.right]
    if len(right) < len(square):
        return "some wrong" if right else "all wrong"
    match sorted({result.outcome.startswith("linux/") for result in right}):
        case []:
            return "not run"
        case [ran]:
            return "right: containers" if ran else "right: refusals"
        case _:
            return "right: both"


def _write(panel: Axes, squares: Sequence[Sequence[Square]]) -> None:
    for y, row in enumerate(squares):
        for x, square in enumerate(row):
            right, every = sum(result.right for result in square), len(square)
            text = f"{right}/{every}" if right < every else str(every or "")
            colour = "white" if _kind(square) == "all wrong" else "black"
            panel.text(
                x + 0.5, y + 0.5, text, ha="center", va="center", fontsize=6, color=colour
            )  # fmt: skip
