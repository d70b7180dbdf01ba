from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tools.faults_page import Row, page, rows

PASSED = """<testsuite>
<testcase name="test_interrupted[docker28-containerd-pulling-15]"><properties>
<property name="code" value="-15"/><property name="seconds" value="0.3"/>
<property name="message" value="cibuildwheel was ended by SIGTERM"/></properties></testcase>
<testcase name="test_terminated_at_any_moment[podman5.8-rootless-2]"><properties>
<property name="code" value="-15"/><property name="seconds" value="0.1"/>
<property name="message" value="x"/></properties></testcase>
<testcase name="test_nothing_kept[podman4]"/>
<testcase name="test_disk_full[podman4]"><properties>
<property name="code" value="31"/><property name="seconds" value="1.0"/>
<property name="message" value="no space in /tmp/a-b/c/d: full&#10;Fix: free some"/>
</properties></testcase>
</testsuite>"""
ROWS = [
    Row("interrupted while pulling, SIGTERM", "docker28-containerd", -15, 0.3,
        "cibuildwheel was ended by SIGTERM"),
    Row("terminated at any moment", "podman5.8-rootless", -15, 0.1, "x"),
    Row("disk full", "podman4", 31, 1.0, "no space in /tmp/a-b/c/d: full\nFix: free some"),
]  # fmt: skip


def test_rows() -> None:
    assert list(rows(ET.fromstring(PASSED))) == ROWS


@pytest.mark.parametrize("what", ["failure", "error"])
def test_no_page_of_a_failure(what: str) -> None:
    report = f'<testsuite><testcase name="test_x[podman4]"><{what}/></testcase></testsuite>'
    with pytest.raises(ValueError, match=r"test_x\[podman4\] failed"):
        list(rows(ET.fromstring(report)))


def test_page() -> None:
    written = page([*ROWS, Row("disk full", "podman4", 31, 2.0, "other")])
    assert "| disk full | none | none | code 31 (2 times), 2.0 s |" in written
    assert "dies of SIGTERM, 0.3 s" in written
    assert "    no space in …/d: full\n    Fix: free some\n" in written
    assert "/tmp" not in written
