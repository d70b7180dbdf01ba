"""The own modules that a patch needs in a clone of upstream."""

from __future__ import annotations

import pytest

from tools.fork.imports import closure, imported

OWN = {
    "cibuildwheel/oci/__init__.py": b"",
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
        ("if x:\n    import cibuildwheel.oci.c", [INIT, A, B, C]),
        ("from . import oci", []),
    ],
)
def test_closure(source: str, paths: list[str]) -> None:
    assert list(closure(imported(source.encode()), OWN)) == sorted(paths)
