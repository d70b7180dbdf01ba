"""Registries that fail a few times, or always."""

from functools import partial

from tools.lab.generation import FAULTY_ADDRESS
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, indexed

AMD64, ARM64 = "linux/amd64", "linux/arm64"
BAD_GATEWAY = "https://github.com/pypa/cibuildwheel/issues/384"
CLOSED = "https://github.com/pypa/cibuildwheel/issues/357"


def _fails_twice(stage: Stage, what: str, fault: str) -> str:
    name = stage.push(indexed(AMD64, ARM64))
    return f"{FAULTY_ADDRESS}/{what}-2-{fault}/{name.partition('/')[2]}"


ROWS = tuple(
    Row(
        f"fails-{what}-{fault.removeprefix('status-')}",
        report,
        f"two requests for {what} end so: {fault}",
        partial(_fails_twice, what=what, fault=fault),
        ARM64,
        Open(ARM64),
        seconds=180.0,
    )
    for what, fault, report in (
        ("manifests", "status-502", BAD_GATEWAY),
        ("manifests", "reset", CLOSED),
        ("blobs", "reset", CLOSED),
    )
)
