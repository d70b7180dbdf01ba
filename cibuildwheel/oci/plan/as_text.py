"""A plan as text, for people and logs: pure."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.emulation.advice import emulated_line
from cibuildwheel.oci.emulation.cpu import cpu_line
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.wanted.tools import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.ci import CIProvider
    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.plan.plan import Planned
    from cibuildwheel.oci.wanted.platform import Platform

WIDTH = 100
GAP = "  "
NOTHING = "-"
RED, GREEN, YELLOW, BOLD, END = "\033[31m", "\033[32m", "\033[33m", "\033[1m", "\033[0m"
COLORS = {"refused": RED, "impossible": RED, "ok": GREEN, "emulated": YELLOW}
RUNS = {Ability.NATIVE: "native", Ability.EMULATED: "emulated", Ability.UNKNOWN: "unknown"}
SOURCES = {Source.STORED: "local", Source.PULLED: "pull", Source.UNSEEN: "pull, checked afterwards"}
HEAD = ("builds", "platform", "runs", "shape", "verdict"), ("image", "digest", "from")
CONTEXT = "context"

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Style:
    """What the reader's terminal or log can show, and the CI provider that it belongs to."""

    color: bool = False
    unicode: bool = True
    provider: CIProvider | None = None


def full(plan: Sequence[Planned], style: Style) -> str:
    """`plan` as a table of two lines a container, none longer than `WIDTH`."""
    if not plan:
        return "No container is needed."
    starts = _starts(plan, style)
    verdicts = ("refused" if one.refusals else "ok" for one in plan)
    firsts = [(*start, verdict) for start, verdict in zip(starts, verdicts, strict=True)]
    head = HEAD[0][:2] + (CONTEXT,) * _is_named(plan) + HEAD[0][2:]
    seconds = [(one.want.image, _digest(one), _source(one)) for one in plan]
    upper = _aligned([head, *firsts], "", style)
    lower = _aligned([HEAD[1], *seconds], GAP, style)
    top, *lines = ("\n".join(pair) for pair in zip(upper, lower, strict=True))
    if style.color:
        top = f"{BOLD}{top}{END}"
    notes = (
        textwrap.fill(note, WIDTH, break_long_words=False, break_on_hyphens=False)
        for note in _emulated(plan, style)
    )
    return "\n".join([top, *lines, *notes])


def short(plan: Sequence[Planned], style: Style) -> str:
    """`plan` for the head of a log: each container, and what is emulated."""
    if not plan:
        return ""
    head = "Containers of this run:" if len(plan) > 1 else "Container:"
    return "\n".join([head, short_rows(plan, style), *_emulated(plan, style), ""])


def short_rows(plan: Sequence[Planned], style: Style) -> str:
    """Two lines a container: the facts, and its image, to paste into a configuration."""
    sources = ("refused" if one.refusals else _source(one) for one in plan)
    first = [(*start, end) for start, end in zip(_starts(plan, style), sources, strict=True)]
    return "\n".join(
        line if one.refusals else f"{line}\n{GAP * 2}{_option(one)}"
        for line, one in zip(_aligned(first, GAP, style), plan, strict=True)
    )


def fold(identifiers: Sequence[str], *, unicode: bool = True) -> str:
    """The builds of one container, such as `cp39…cp314-manylinux_aarch64 (6)`."""
    if not identifiers:
        return "this container"
    first, last = identifiers[0], identifiers[-1]
    if len(identifiers) == 1:
        return first
    return f"{first.partition('-')[0]}{'…' if unicode else '...'}{last} ({len(identifiers)})"


def runs(planned: Planned) -> str:
    """How the engine runs the platform: `native`, `emulated`, `impossible` or `unknown`."""
    return RUNS.get(planned.ability, "impossible")


def _starts(plan: Sequence[Planned], style: Style) -> list[Cells]:
    """What each container is; with its context if any container is in one."""
    return [
        (
            fold(one.want.identifiers, unicode=style.unicode),
            str(one.want.platform),
            *((one.want.context or NOTHING,) * _is_named(plan)),
            runs(one),
            str(one.shape or NOTHING),
        )
        for one in plan
    ]


def _is_named(plan: Sequence[Planned]) -> bool:
    return any(one.want.context for one in plan)


def _digest(one: Planned) -> str:
    _, _, digest = (one.decision.digest if one.decision else "").partition(":")
    return digest[:12] or NOTHING


def _source(one: Planned) -> str:
    if not one.decision:
        return NOTHING
    size = f" {one.size / 1e6:.1f} MB" if one.size else ""
    source = Source.UNSEEN if one.decision.unread else one.decision.source
    return f"{SOURCES[source]}{size}"


def _option(one: Planned) -> str:
    name = f"{one.want.option} = " if one.want.option else ""
    return f'{name}"{one.pinned or one.want.image}"'


def _emulated(plan: Sequence[Planned], style: Style) -> list[str]:
    emulated: dict[Engine, list[Platform]] = {}
    for one in plan:
        if one.engine and one.ability is Ability.EMULATED:
            emulated.setdefault(one.engine, []).append(one.want.platform)
    lines = [emulated_line(engine, those, style.provider) for engine, those in emulated.items()]
    cpus = {one.want.platform: one.trial.cpu for one in plan if one.trial}
    return list(filter(None, [*_places(plan), *lines, cpu_line(cpus), *_tools(plan)]))


def _places(plan: Sequence[Planned]) -> list[str]:
    """Why containers are where they are, where that was to be chosen, a line for each reason."""
    places = (
        f"info: {one.want.platform} is for {one.want.address}, {one.why}."
        for one in plan
        if one.why
    )
    return list(dict.fromkeys(places))


def _tools(plan: Sequence[Planned]) -> list[str]:
    """Where the tools of `native-tools` will be, and where they are of no use, a line for each."""
    lines = []
    for one in plan:
        platform, emulated = one.want.platform, one.ability is Ability.EMULATED
        if one.tools:
            tools = ", ".join(map(name_of, one.tools))
            lines.append(
                f"info: {tools} will run natively in {platform} containers (native-tools)."
            )
        if one.want.idle_tools and emulated:
            idle = ", ".join(one.want.idle_tools)
            lines.append(
                f"info: native-tools: {idle} does nothing for {one.want}: no frontend uses it."
            )
        if one.compiler:
            lines.append(
                f"info: native-tools: clang does nothing for {one.want}: its image sets "
                f"{one.compiler}."
            )
        if one.want.tools and not (emulated or one.refusals):
            lines.append(
                f"info: native-tools do nothing in {platform} containers: those are not emulated."
            )
    return list(dict.fromkeys(lines))


def _aligned(rows: Sequence[Cells], indent: str, style: Style) -> list[str]:
    """`rows` in columns. A first cell that leaves the others no room has a line of its own."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = WIDTH - len(indent) - sum(len(GAP) + width for width in widths[1:])
    widths[:1] = [min(width, max(room, 0)) for width in widths[:1]]
    return [_row(row, widths, indent, style) for row in rows]


def _row(row: Cells, widths: Sequence[int], indent: str, style: Style) -> str:
    first, *others = row
    above = ""
    if len(first) > widths[0]:
        step = WIDTH - len(indent)
        above = "".join(f"{indent}{first[at : at + step]}\n" for at in range(0, len(first), step))
        first = ""
    cells = [
        _painted(cell, width, style) for cell, width in zip((first, *others), widths, strict=True)
    ]
    return f"{above}{indent}{GAP.join(cells).rstrip()}"


def _painted(cell: str, width: int, style: Style) -> str:
    color = COLORS.get(cell) if style.color else None
    return f"{color}{cell}{END}{' ' * (width - len(cell))}" if color else cell.ljust(width)
