from __future__ import annotations

import pytest

from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, Platform, parse_platform
from cibuildwheel.oci.wanted.want import Want


@pytest.mark.parametrize("architecture", WHEEL_ARCHITECTURES)
@pytest.mark.parametrize("label", [None, "linux/amd64", "linux/386", "linux/arm/v6"])
def test_labels(architecture: str, label: str | None) -> None:
    platform = Platform("linux", *WHEEL_ARCHITECTURES[architecture])
    want = Want("docker", "x", platform, label=parse_platform(label) if label else None)
    expected = [label] if label else [str(platform)]
    if architecture == "i686" and not label:
        expected.append("linux/amd64")
    assert list(map(str, want.labels)) == expected


@pytest.mark.parametrize(
    ("identifiers", "who", "option"),
    [
        ((), "this container", ""),
        (("cp313-manylinux_aarch64",), "cp313-manylinux_aarch64", "manylinux-aarch64-image"),
        (
            ("cp312-musllinux_x86_64", "cp313-musllinux_x86_64"),
            "cp312-musllinux_x86_64 and 1 more",
            "musllinux-x86_64-image",
        ),
        (("pp311-manylinux_i686",) * 3, "pp311-manylinux_i686 and 2 more", "manylinux-i686-image"),
    ],
)
def test_who_and_where(identifiers: tuple[str, ...], who: str, option: str) -> None:
    want = Want("docker", "x", Platform("linux", "arm64"), identifiers)
    assert (str(want), want.option) == (who, option)
