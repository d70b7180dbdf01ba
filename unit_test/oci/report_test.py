from __future__ import annotations

import pytest

from cibuildwheel.oci.decide import Decision, Source
from cibuildwheel.oci.manifest import Shape
from cibuildwheel.oci.platform import parse_platform
from cibuildwheel.oci.report import settled_lines
from cibuildwheel.oci.want import Want

ONE = f"sha256:{'1' * 64}"
ARM64 = parse_platform("linux/arm64")
IDENTIFIERS = ("cp312-manylinux_aarch64", "cp313-manylinux_aarch64")
NAMED = Want("docker", "quay.io/x:1", ARM64, IDENTIFIERS)
ANONYMOUS = Want("docker", "quay.io/x:1", ARM64)


@pytest.mark.parametrize(
    ("decision", "lines"),
    [
        (
            Decision(NAMED, Source.PULLED, "x", ARM64, ONE, Shape.OCI_INDEX, size=12_345_678),
            (
                "  cp312-manylinux_aarch64 and 1 more: linux/arm64, OCI index, pull 12.3 MB\n"
                f'    manylinux-aarch64-image = "quay.io/x@{ONE}"'
            ),
        ),
        (
            Decision(NAMED, Source.PULLED, "x", ARM64, ONE, Shape.LEGACY_MANIFEST),
            (
                "  cp312-manylinux_aarch64 and 1 more: linux/arm64, Docker manifest, pull\n"
                f'    manylinux-aarch64-image = "quay.io/x@{ONE}"'
            ),
        ),
        (
            Decision(NAMED, Source.STORED, "x", ARM64, ONE, size=5),
            (
                "  cp312-manylinux_aarch64 and 1 more: linux/arm64, stored\n"
                f'    manylinux-aarch64-image = "quay.io/x@{ONE}"'
            ),
        ),
        (
            Decision(ANONYMOUS, Source.STORED, "x", ARM64),
            '  this container: linux/arm64, stored\n    "quay.io/x:1"',
        ),
        (
            Decision(ANONYMOUS, Source.UNSEEN, "x", ARM64),
            '  this container: linux/arm64, pull, checked afterwards\n    "quay.io/x:1"',
        ),
        (
            Decision(Want("docker", "1" * 64, ARM64), Source.STORED, "1" * 64, ARM64),
            f'  this container: linux/arm64, stored\n    "{"1" * 64}"',
        ),
        (
            Decision(
                Want("docker", f"x:1@sha256:{'2' * 64}", ARM64), Source.PULLED, "x", ARM64, ONE
            ),
            f'  this container: linux/arm64, pull\n    "x@{ONE}"',
        ),
    ],
)
def test_lines(decision: Decision, lines: str) -> None:
    assert settled_lines([decision]) == lines


def test_order() -> None:
    decisions = [
        Decision(Want("docker", name, ARM64), Source.STORED, name, ARM64) for name in ("b", "a")
    ]
    assert settled_lines(decisions).splitlines()[1::2] == ['    "b"', '    "a"']
    assert settled_lines([]) == ""
