"""What goes into the wheel: files and metadata."""

from __future__ import annotations

import pytest

from tools.fork.errors import ForkError
from tools.fork.files import read_tree, write_tree
from tools.fork.merge import own_files, patched
from tools.fork.metadata import project_fields, requires_python
from tools.fork.upstream import verified
from unit_test.fork.conftest import ENGINE, OWN, VERSION, Fork, make_patch, make_release

INFO = f"cibuildwheel-{VERSION}.dist-info"
TESTS = "unit_test/engine_test.py"


def test_patched(fork: Fork) -> None:
    before, after = b"one\ntwo\nthree\n", b"one\n2\nthree\n"
    hunk = "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    fork.add_patch("b.patch", make_patch(ENGINE, before, after, hunk))
    hunk = "@@ -1,2 +1,2 @@\n-one\n+1\n 2\n"
    fork.add_patch("a.patch", make_patch(ENGINE, after, b"1\n2\nthree\n", hunk))
    hunk = "@@ -1 +1 @@\n-# tests\n+# more tests\n"
    fork.add_patch("tests.patch", make_patch(TESTS, b"# tests\n", b"# more tests\n", hunk))
    assert patched(fork.root, "1.2.3+platform.4", verified(fork.root)) == {
        "cibuildwheel/__init__.py": b'__version__ = "1.2.3+platform.4"\n',
        ENGINE: b"1\n2\nthree\n",
        "cibuildwheel/resources/schema.json": b"{}\n",
    }


def test_byte_code_and_what_installers_write_is_ignored(fork: Fork) -> None:
    files = {
        "cibuildwheel/__pycache__/engine.cpython-311.pyc": b"",
        f"{INFO}/RECORD": b"",
        f"{INFO}/INSTALLER": b"pip",
        "other/__init__.py": b"",
    }
    expected = verified(fork.root)
    write_tree(files, fork.site)
    assert verified(fork.root) == expected


def test_own_files(fork: Fork) -> None:
    write_tree({"cibuildwheel/oci/__pycache__/platform.cpython-311.pyc": b""}, fork.root)
    assert own_files(fork.root) == {OWN: b"import os\n"}


def test_write_tree_and_read_tree(fork: Fork) -> None:
    assert read_tree(fork.site) | read_tree(fork.site, INFO) == make_release(
        read_tree(fork.site), VERSION
    )


def test_project_fields(fork: Fork) -> None:
    release = verified(fork.root)
    assert requires_python(release, INFO) == ">=3.11"
    assert project_fields(release, INFO) == {
        "classifiers": ["Topic :: Software Development :: Build Tools"],
        "dependencies": ["bracex", "tomli; python_version < '3.11'"],
        "optional-dependencies": {"uv": ["uv>=1"]},
        "scripts": {"cibuildwheel": "cibuildwheel.__main__:main"},
        "entry-points": {
            "validate_pyproject.tool_schema": {"cibuildwheel": "cibuildwheel.schema:get_schema"}
        },
    }


def test_refuses_a_requirement_of_an_extra_and_more(fork: Fork) -> None:
    release = verified(fork.root)
    line = b"Requires-Dist: uv>=1; extra == 'uv' and python_version < '4'"
    path = f"{INFO}/METADATA"
    release[path] = release[path].replace(b"Requires-Dist: uv>=1; extra == 'uv'", line)
    with pytest.raises(ForkError, match=r"^cibuildwheel-1\.2\.3\.dist-info/METADATA: cannot sort"):
        project_fields(release, INFO)
