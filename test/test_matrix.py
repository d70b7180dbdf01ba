"""Every cell of the matrix has its one right outcome (tools/matrix/expected.py).

By default a selection of the cells, with `--all` every one; `--engine`, `--platform`, `--shape` and
`--state` narrow both. The results are written where `--report` says.
"""

import pytest

from tools.matrix.cases import Case
from tools.matrix.results import Result


# The first cell of a state waits until all of it is prepared.
@pytest.mark.matrix
@pytest.mark.timeout(3600)
def test_cell(case: Case, result: Result) -> None:
    assert result.outcome == result.expected, result.message
