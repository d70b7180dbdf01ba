"""Every cell of the matrix has its one right outcome (tools/matrix/expected.py).

By default a selection of the cells, with `--all` every one; `--engine`, `--platform`, `--shape` and
`--state` narrow both.
"""

from tools.lab.engine import Engine
from tools.matrix.cases import Case
from tools.matrix.run import run
from tools.matrix.subject import ours


def test_cell(engine: Engine, case: Case) -> None:
    (result,) = run(engine, ours(), [case])
    assert result.outcome == result.expected, result.message
    assert engine.run("ps", "--all", "--quiet") == ""
