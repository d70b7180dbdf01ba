from __future__ import annotations

from typing import TYPE_CHECKING

from tools.cpu.results import Column, Results, load, ratios, save, table

if TYPE_CHECKING:
    from pathlib import Path

PLACE = ("aarch64", "7.2", "version 7.2.22")
DEFAULT = Column(*PLACE, "", {"start": [2.0, 4.0, 2.0], "gcc": [10.0, 10.0, 10.0]})
QUICK = Column(*PLACE, "quick", {"start": [1.0, 1.0, 1.5], "gcc": [5.0, 4.0, 6.0]}, lost=["PACA"])
UNKNOWN = Column(*PLACE, "unknown", refused=True)


def test_ratios_are_of_one_round() -> None:
    assert ratios(QUICK, DEFAULT) == {"start": (0.5, 0.25, 0.75), "gcc": (0.5, 0.4, 0.6)}


def test_table() -> None:
    assert table([DEFAULT, QUICK, UNKNOWN]).splitlines() == [
        "| architecture | QEMU | `QEMU_CPU` | start | gcc | in all | features lost |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| aarch64 | 7.2 | none | 2.00 s | 10.00 s | 1 |  |",
        "| aarch64 | 7.2 | `quick` | 0.50 (0.25-0.75) | 0.50 (0.40-0.60) | **0.50** | PACA |",
        "| aarch64 | 7.2 | `unknown` |  |  |  | QEMU refuses it |",
    ]


def test_kept(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    assert load(path) == Results()
    first = Results()
    first.replace("one", [DEFAULT, QUICK])
    save(path, first)
    assert load(path) == first


def test_a_machine_that_is_measured_again_replaces_itself() -> None:
    other = Column("riscv64", "7.2", "version 7.2.22", "")
    results = Results()
    results.replace("one", [DEFAULT, QUICK])
    results.replace("two", [other])
    results.replace("two", [UNKNOWN])
    assert results == Results(["one", "two"], [other, UNKNOWN])
