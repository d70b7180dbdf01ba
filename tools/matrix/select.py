"""A selection of cells in which everything meets what it depends on at least once."""

import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from typing import TypeAlias, TypeVar

from tools.lab.specs import ALL_SPECS
from tools.matrix.cases import Case

SEED = 1771
ENOUGH = 50
"""How many rows are compared for each that is chosen."""

Cell: TypeAlias = tuple[str, Case]
"""The name of an engine, and the case."""

Row = TypeVar("Row", bound=Hashable)
Pair: TypeAlias = Hashable
Pairs: TypeAlias = Callable[[Cell], frozenset[Pair]]


def selection(cells: Iterable[Cell], pairs_of: Pairs) -> list[Cell]:
    """Of `cells`, enough for everything that `pairs_of` them, and the same ones each time."""
    return covering(list(cells), pairs_of, SEED)


def few(cell: Cell) -> frozenset[Pair]:
    """The pairs of engine, platform and state that `cell` covers, and its shape on its store.

    Shapes depend on the kind of image store that an engine has.
    """
    engine, case = cell
    store = ALL_SPECS[engine].store if engine in ALL_SPECS else engine
    return frozenset((*combinations((engine, case.platform, case.state), 2), (store, case.shape)))


def many(cell: Cell) -> frozenset[Pair]:
    """All pairs that `cell` covers, and its engine, platform and state together."""
    engine, case = cell
    of_cell = (engine, case.platform, case.state, case.shape)
    return frozenset((*combinations(of_cell, 2), of_cell[:3]))


SELECTIONS: dict[str, Callable[[Iterable[Cell]], list[Cell]]] = {
    "few": lambda cells: selection(cells, few),
    "many": lambda cells: selection(cells, many),
    "all": list,
}


def covering(
    rows: Sequence[Row], pairs_of: Callable[[Row], frozenset[Pair]], seed: int
) -> list[Row]:
    """Few of `rows` that have all the pairs between them that all of `rows` have."""
    chance = random.Random(seed)
    having: dict[Pair, list[Row]] = {}
    for row in chance.sample(rows, len(rows)):
        for pair in sorted(pairs_of(row), key=repr):
            having.setdefault(pair, []).append(row)
    open_pairs = dict.fromkeys(having)
    chosen = []
    while open_pairs:
        candidates = having[next(iter(open_pairs))][:ENOUGH]
        best = max(candidates, key=lambda row: len(open_pairs.keys() & pairs_of(row)))
        chosen.append(best)
        for pair in pairs_of(best):
            open_pairs.pop(pair, None)
    return chosen
