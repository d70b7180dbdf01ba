"""The comparison of two runs of upstream's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.fork.upstream_tests import (
    Difference,
    changed_modules,
    compare,
    read_junit,
    summary,
)
from unit_test.fork.conftest import Fork, make_patch

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "before, after, regression",
    [
        ("passed", "failure", True),
        ("passed", "error", True),
        ("passed", "skipped", True),
        ("passed", None, True),
        ("failure", "skipped", True),
        ("skipped", "failure", True),
        (None, "failure", True),
        (None, "skipped", True),
        (None, "passed", False),
        ("failure", "passed", False),
        ("skipped", "passed", False),
    ],
)
def test_compare(before: str | None, after: str | None, regression: bool) -> None:
    pristine = {"m::same": "failure"} | ({"m::t": before} if before else {})
    patched = {"m::same": "failure"} | ({"m::t": after} if after else {})
    (difference,) = compare(pristine, patched, set())
    assert difference == Difference("m::t", before or "missing", after or "missing", regression)
    assert str(difference).startswith("REGRESSION: m::t: " if regression else "changed: m::t: ")


def test_a_patch_may_remove_a_test() -> None:
    (difference,) = compare({"unit_test.m::t": "passed"}, {}, {"unit_test.m"})
    assert not difference.regression


def test_changed_modules(fork: Fork) -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    fork.add_patch("a.patch", make_patch("unit_test/x/y_test.py", b"a\n", b"b\n", hunk))
    fork.add_patch("b.patch", make_patch("docs/options.md", b"a\n", b"b\n", hunk))
    assert changed_modules(fork.root) == {"unit_test.x.y_test"}


def test_read_junit(tmp_path: Path) -> None:
    (tmp_path / "test_all.py").write_text(
        "import pytest\n"
        "def test_passed(): pass\n"
        "def test_failed(): assert False\n"
        "def test_skipped(): pytest.skip()\n"
        "@pytest.mark.parametrize('x', [1, 2])\n"
        "def test_error(x, missing): pass\n"
    )
    report = tmp_path / "report.xml"
    pytest.main(
        ["-q", "-p", "no:cacheprovider", f"--junitxml={report}", str(tmp_path / "test_all.py")]
    )
    outcomes = read_junit(report)
    assert {name.partition("::")[2]: outcome for name, outcome in outcomes.items()} == {
        "test_passed": "passed",
        "test_failed": "failure",
        "test_skipped": "skipped",
        "test_error[1]": "error",
        "test_error[2]": "error",
    }
    assert summary(outcomes) == "2 error, 1 failure, 1 passed, 1 skipped"
