"""The results as a picture: a grid for each program under test, to be taken in at a glance."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from tools.images.ports import PLATFORMS
from tools.matrix.cases import SHAPE_NAMES, STATES, cases
from tools.matrix.page import NAMES, engines_of
from tools.matrix.prepare import why_not
from tools.matrix.results import Results

# Told apart by all kinds of colour vision (https://personal.sron.nl/~pault/), and by lightness.
COLOURS = {
    "no such cell": "#ffffff",
    "not run": "#dddddd",
    "right container": "#44aa99",
    "right refusal": "#88ccee",
    "wrong": "#882255",
}
KINDS = list(COLOURS)


def draw(results: Results, path: Path) -> None:
    """Draw a square for each shape and engine: a column for each state, a row for each platform."""
    subjects = [name for name in NAMES if name in {key[0] for key in results.cells}]
    engines = engines_of(results)
    width = 2.2 + 0.5 * len(engines) * len(subjects)
    figure = Figure(figsize=(width, 1.7 + 0.19 * len(SHAPE_NAMES)), dpi=110)
    panels = figure.subplots(1, len(subjects), sharey=True, squeeze=False)[0]
    for subject, panel in zip(subjects, panels, strict=True):
        panel.pcolormesh(
            _grid(results, subject, engines),
            cmap=ListedColormap(list(COLOURS.values())), vmin=0, vmax=len(KINDS) - 1,
            rasterized=True,
        )  # fmt: skip
        version = results.versions.get(subject, "")
        panel.set_title(f"{NAMES[subject]} {version}", fontsize=10)
        _rule(panel, engines)
    panels[0].set_yticks([(n + 0.5) * len(PLATFORMS) for n in range(len(SHAPE_NAMES))], SHAPE_NAMES)
    panels[0].invert_yaxis()
    handles = [Patch(facecolor=c, edgecolor="#bbbbbb", label=k) for k, c in COLOURS.items()]
    figure.legend(handles=handles, loc="lower center", ncols=len(KINDS), fontsize=9, frameon=False)
    figure.suptitle(
        f"In each square, from left to right: {', '.join(STATES)};\nfrom top to bottom: "
        f"{', '.join(PLATFORMS)}",
        fontsize=9,
    )
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path, metadata={"Software": None})


def _grid(results: Results, subject: str, engines: list[str]) -> list[list[int]]:
    kinds = {
        (case.state, case.shape, case.platform): "no such cell" if why_not(case) else "not run"
        for case in cases()
    }
    return [
        [
            KINDS.index(
                _kind(results, (subject, engine, state, shape, platform))
                or kinds[state, shape, platform]
            )
            for engine in engines
            for state in STATES
        ]
        for shape in SHAPE_NAMES
        for platform in PLATFORMS
    ]


def _kind(results: Results, key: tuple[str, str, str, str, str]) -> str:
    result = results.cells.get(key)
    if result is None:
        return ""
    if not result.right:
        return "wrong"
    return "right container" if result.outcome.startswith("linux/") else "right refusal"


def _rule(panel: Axes, engines: list[str]) -> None:
    """Name the engines, and part the squares."""
    wide = len(STATES)
    middles = [(n + 0.5) * wide for n in range(len(engines))]
    panel.set_xticks(middles, engines, rotation=60, ha="right")
    panel.tick_params(length=0, labelsize=8)
    for n in range(len(engines) + 1):
        panel.axvline(n * wide, color="white", linewidth=2)
    for n in range(len(SHAPE_NAMES) + 1):
        panel.axhline(n * len(PLATFORMS), color="white", linewidth=1.5)
