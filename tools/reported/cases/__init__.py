"""The table: a module for each kind of case, each with its own `ROWS`."""

from tools.reported.cases import copy, index
from tools.reported.row import Row

KINDS: dict[str, tuple[Row, ...]] = {
    "The copy of the project": copy.ROWS,
    "Indexes": index.ROWS,
}
"""The rows, by the heading that they are under."""

ROWS = {row.name: row for rows in KINDS.values() for row in rows}
