"""The own modules that a patch needs in a clone of upstream."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.fork.imports import FACADE, FACADE_PATH, closure, homes_of, imported

ROOT = Path(__file__).parents[2]

FACADE_SOURCE = b"""\
TYPE_CHECKING = False
if TYPE_CHECKING:
    from cibuildwheel.oci.a import A as A
    from cibuildwheel.oci.alone import (
        x as x,
    )
HOMES = {
    "A": "a",
    "x": "alone",
}
"""
OWN = {
    "cibuildwheel/oci/__init__.py": FACADE_SOURCE,
    "cibuildwheel/oci/a.py": b"from cibuildwheel.oci.b import B\nimport os\n",
    "cibuildwheel/oci/b.py": b"def f():\n    from cibuildwheel.oci import c\n",
    "cibuildwheel/oci/c.py": b"import cibuildwheel.oci.a\n",
    "cibuildwheel/oci/alone.py": b"from cibuildwheel.errors import FatalError\n",
}
INIT, A, B, C, ALONE = OWN


@pytest.mark.parametrize(
    "source, paths",
    [
        ("import os, cibuildwheel.options", []),
        ("import cibuildwheel.oci", [INIT]),
        ("from cibuildwheel.oci.alone import x", [INIT, ALONE]),
        ("from cibuildwheel.oci import alone as y", [INIT, ALONE]),
        ("from cibuildwheel import oci", [INIT]),
        ("from cibuildwheel import oci\noci.x()", [INIT, ALONE]),
        ("from cibuildwheel import oci as o\ny: o.A", [INIT, A, B, C]),
        ("if x:\n    import cibuildwheel.oci.c", [INIT, A, B, C]),
        ("from . import oci", []),
        ("oci.x()", []),
    ],
)
def test_closure(source: str, paths: list[str]) -> None:
    assert list(closure(imported(source.encode()), OWN)) == sorted(paths)


def test_the_facade_has_what_is_used_of_it() -> None:
    facade = closure({f"{FACADE}.A"}, OWN)[INIT]
    assert facade == (
        b"TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from cibuildwheel.oci.a import A as A\n"
        b'HOMES = {\n    "A": "a",\n}\n'
    )


def test_each_name_of_our_facade_alone() -> None:
    source = (ROOT / FACADE_PATH).read_bytes()
    for name, home in homes_of(source).items():
        facade = closure({f"{FACADE}.{name}"}, {FACADE_PATH: source})[FACADE_PATH]
        assert homes_of(facade) == {name: home}
        ours = {one for one in imported(facade) if one.startswith(FACADE)}
        assert ours == {f"{FACADE}.{home}.{name}"}
