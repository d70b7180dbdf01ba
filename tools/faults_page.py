"""Writes what test/test_faults.py found as a page.

python -m pytest test/test_faults.py -o junit_family=xunit1 --junitxml=build/faults.xml
python -m tools.faults_page build/faults.xml docs/faults.md
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = """# Faults at the start of a container

Whole runs of cibuildwheel on real engines, each with one fault done to it. After each, nothing was
left: no container, no probe image, no process of the run, no file of its own in TMPDIR (podman
leaves what it had of a pull that a signal ends, `storage*`, with or without cibuildwheel; a daemon
that is killed can't remove its container any more). Seconds count from the fault, or from the start
of the run where that is the fault. Generated, not written:

"""
NAME = re.compile(
    r"test_(?P<fault>\w+)\[(?P<engine>[a-z0-9.]+(?:-(?:containerd|rootless))?)(?P<more>.*)\]"
)
SIGNALS = {"2": "SIGINT", "15": "SIGTERM"}


@dataclass(frozen=True)
class Row:
    """What one fault came to on one engine."""

    fault: str
    engine: str
    code: int
    seconds: float
    message: str


def rows(report: ET.Element) -> Iterator[Row]:
    """The runs in `report`, of the format of JUnit; raises ValueError if a test in it failed."""
    for case in report.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            msg = f"{case.get('name')} failed: the page is of a run in which all pass"
            raise ValueError(msg)
        kept = {p.get("name"): p.get("value", "") for p in case.iter("property")}
        found = NAME.fullmatch(case.get("name", ""))
        if kept and found:
            yield Row(
                _fault(found["fault"].replace("_", " "), found["more"]),
                found["engine"],
                int(kept["code"]),
                float(kept["seconds"]),
                kept["message"],
            )


def _fault(name: str, parameters: str) -> str:
    moment, _, number = parameters.strip("-").rpartition("-")
    return f"{name} while {moment}, {SIGNALS[number]}" if moment else name


def page(found: list[Row]) -> str:
    """The table, and below it each fault's messages."""
    engines = list(dict.fromkeys(row.engine for row in found))
    faults = list(dict.fromkeys(row.fault for row in found))
    lines = [f"| fault | {' | '.join(engines)} |", f"| --- |{' --- |' * len(engines)}"]
    for fault in faults:
        cells = [_cell([r for r in found if (r.fault, r.engine) == (fault, e)]) for e in engines]
        lines.append(f"| {fault} | {' | '.join(cells)} |")
    lines += ["", "## What is said", ""]
    for fault in faults:
        lines += [f"### {fault}", ""]
        for engine in engines:
            said = {r.message for r in found if (r.fault, r.engine) == (fault, engine)}
            for message in sorted(said):
                lines += [f"{engine}:", "", *(f"    {line}" for line in _public(message)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _cell(of: list[Row]) -> str:
    if not of:
        return "none"
    codes = sorted({row.code for row in of})
    ended = ", ".join(f"code {c}" if c > 0 else f"dies of {SIGNALS[str(-c)]}" for c in codes)
    times = f" ({len(of)} times)" if len(of) > 1 else ""
    return f"{ended}{times}, {max(row.seconds for row in of):.1f} s"


def _public(message: str) -> list[str]:
    """The lines of `message` without where this machine keeps what."""
    short = re.sub(r"(?<![\w.])/(?:tmp|root|home|var|proc)/[^\s\"':,)]+/", "…/", message)
    return short.splitlines()


def main() -> None:
    """Write the page."""
    report, target = map(Path, sys.argv[1:])
    commands = "\n".join(f"    {line.strip()}" for line in (__doc__ or "").splitlines()[2:4])
    target.write_text(f"{HEAD}{commands}\n\n{page(list(rows(ET.parse(report).getroot())))}")


if __name__ == "__main__":
    main()
