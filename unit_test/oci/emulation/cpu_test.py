from __future__ import annotations

import pytest

from cibuildwheel.oci.emulation.cpu import FASTEST, OWN_CHOICE, cpu_line, fastest_cpu
from cibuildwheel.oci.emulation.trial import is_native
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, Platform, parse_platform
from unit_test.oci.emulation.trial_test import engine

ARM64 = parse_platform("linux/arm64")
S390X = parse_platform("linux/s390x")


def test_table() -> None:
    assert FASTEST.keys() == OWN_CHOICE.keys()
    assert FASTEST.keys() <= {architecture for architecture, _ in WHEEL_ARCHITECTURES.values()}
    # the value goes into a script between double quotes
    assert not any(set(value) & set('"$`\\}') for value in FASTEST.values())


@pytest.mark.parametrize(
    ("platform", "machine", "some"),
    [
        ("linux/arm64", "linux/amd64", True),
        ("linux/arm64", "linux/ppc64le", True),
        ("linux/riscv64", "linux/amd64", True),
        ("linux/riscv64", "linux/arm64", False),
        ("linux/arm/v7", "linux/amd64", False),
        ("linux/s390x", "linux/amd64", False),
        ("linux/386", "linux/amd64", False),
    ],
)
def test_fastest_cpu(platform: str, machine: str, some: bool) -> None:
    assert bool(fastest_cpu(parse_platform(platform), parse_platform(machine))) is some


@pytest.mark.parametrize("architecture", FASTEST)
def test_never_where_it_is_native(architecture: str) -> None:
    platform = Platform("linux", architecture)
    assert is_native(engine(str(platform)), platform)


def test_line() -> None:
    line = cpu_line({ARM64: "max,x=on", S390X: ""})
    assert "\n" not in line
    assert "QEMU_CPU=max,x=on in linux/arm64 containers" in line
    assert "`--env=QEMU_CPU=max`" in line
    assert "s390x" not in line


def test_no_line() -> None:
    assert cpu_line({}) == cpu_line({S390X: "", ARM64: ""}) == ""
