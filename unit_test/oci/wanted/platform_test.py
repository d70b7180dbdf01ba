from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.wanted.platform import (
    ARCHITECTURE_ALIASES,
    WHEEL_ARCHITECTURES,
    Platform,
    may_run_natively,
    parse_platform,
    platform_of_identifier,
    wheel_architecture,
)
from cibuildwheel.platforms.linux import all_python_configurations


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        # the seven platforms that wheels are built on stay as they are
        ("linux/amd64", "linux/amd64"),
        ("linux/386", "linux/386"),
        ("linux/arm64", "linux/arm64"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/ppc64le", "linux/ppc64le"),
        ("linux/s390x", "linux/s390x"),
        ("linux/riscv64", "linux/riscv64"),
        # other names of an architecture
        ("linux/aarch64", "linux/arm64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/x86-64", "linux/amd64"),
        ("linux/i386", "linux/386"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        # variants that say nothing, or say it in another way
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/8.0", "linux/arm64"),
        ("linux/aarch64/v8", "linux/arm64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/x86_64/v1", "linux/amd64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/arm/5", "linux/arm/v5"),
        ("linux/arm/8", "linux/arm/v8"),
        # variants that do say something
        ("linux/amd64/v2", "linux/amd64/v2"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("linux/amd64/v4", "linux/amd64/v4"),
        ("linux/arm64/v8.1", "linux/arm64/v8.1"),
        ("linux/arm64/v9", "linux/arm64/v9"),
        ("linux/arm64/v9.5", "linux/arm64/v9.5"),
        ("linux/arm/v6", "linux/arm/v6"),
        # upper case, and an architecture alone
        ("Linux/ARM64/V8", "linux/arm64"),
        ("arm64", "linux/arm64"),
        ("aarch64", "linux/arm64"),
        ("armhf", "linux/arm/v7"),
        # other operating systems, and i686, which is no OCI architecture, are left alone
        ("windows/amd64", "windows/amd64"),
        ("linux/i686", "linux/i686"),
    ],
)
def test_normal_form(text: str, normal: str) -> None:
    assert str(parse_platform(text)) == normal
    assert parse_platform(text) == parse_platform(normal)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "/", "linux/", "/arm64", "linux//v7", "linux/arm/v7/x", "linux arm64"),
        *("linux/arm 64", "linux", "Windows", "--platform", "linux/arm64\n", "amd", "i686"),
        *("linux(10.0)/amd64", "linux/*"),
    ],
)
def test_bad_platform(text: str) -> None:
    with pytest.raises(ValueError, match="is not a platform"):
        parse_platform(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("linux/arm/v7", "linux/arm64"),
        ("linux/arm/v8", "linux/arm64"),
        ("linux/arm/v6", "linux/arm/v7"),
        ("linux/386", "linux/amd64"),
        ("linux/amd64/v2", "linux/amd64"),
        ("linux/arm64/v9", "linux/arm64"),
        ("linux/s390x", "linux/ppc64le"),
        ("windows/amd64", "linux/amd64"),
        ("linux/i686", "linux/386"),
    ],
)
def test_no_platform_stands_for_another(one: str, other: str) -> None:
    assert parse_platform(one) != parse_platform(other)


names = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,8}", fullmatch=True)
architectures = st.one_of(names, st.sampled_from([*ARCHITECTURE_ALIASES, "arm", "arm64", "amd64"]))
variants = st.one_of(st.just(""), names, st.sampled_from(["v1", "v5", "v7", "v8", "8", "v8.0"]))


@given(names, architectures, variants)
def test_normal_form_is_stable(os: str, architecture: str, variant: str) -> None:
    platform = Platform(os, architecture, variant)
    assert Platform(platform.os, platform.architecture, platform.variant) == platform
    assert parse_platform(str(platform)) == platform


@given(st.text())
def test_any_text_is_a_platform_or_refused(text: str) -> None:
    try:
        platform = parse_platform(text)
    except ValueError:
        return
    assert parse_platform(str(platform)) == platform


@pytest.mark.parametrize(
    ("identifier", "platform", "architecture"),
    [
        ("cp313-manylinux_x86_64", "linux/amd64", "x86_64"),
        ("cp38-manylinux_i686", "linux/386", "i686"),
        ("cp313-manylinux_aarch64", "linux/arm64", "aarch64"),
        ("pp311-musllinux_armv7l", "linux/arm/v7", "armv7l"),
        ("cp314t-musllinux_ppc64le", "linux/ppc64le", "ppc64le"),
        ("cp39-manylinux_s390x", "linux/s390x", "s390x"),
        ("cp315-musllinux_riscv64", "linux/riscv64", "riscv64"),
        ("gp311_242-manylinux_x86_64", "linux/amd64", "x86_64"),
    ],
)
def test_identifier(identifier: str, platform: str, architecture: str) -> None:
    assert str(platform_of_identifier(identifier)) == platform
    assert wheel_architecture(platform_of_identifier(identifier)) == architecture


def test_every_identifier_of_the_release() -> None:
    identifiers = [c.identifier for c in all_python_configurations()]
    assert len(identifiers) > 100
    architectures = {wheel_architecture(platform_of_identifier(i)) for i in identifiers}
    assert architectures == set(WHEEL_ARCHITECTURES)
    for identifier in identifiers:
        architecture = wheel_architecture(platform_of_identifier(identifier))
        assert identifier.endswith(f"linux_{architecture}")


@pytest.mark.parametrize(
    "identifier",
    [
        *("", "cp313", "cp313-", "cp313-win_amd64", "cp313-macosx_arm64", "cp313-manylinux"),
        *("cp313-manylinux_", "cp313-manylinux_arm64", "cp313-manylinux_x86_64 "),
        *("manylinux_x86_64", "cp313-manylinux_2_28_x86_64", "cp313-linux_x86_64"),
        "cp313-xmanylinux_x86_64",
    ],
)
def test_bad_identifier(identifier: str) -> None:
    with pytest.raises(ValueError, match="is not a Linux build identifier"):
        platform_of_identifier(identifier)


@pytest.mark.parametrize("platform", ["linux/arm/v6", "linux/amd64/v3", "windows/amd64"])
def test_no_wheel_is_built_on(platform: str) -> None:
    assert wheel_architecture(parse_platform(platform)) is None


@pytest.mark.parametrize(
    ("engine", "natively"),
    [
        ("linux/amd64", "linux/amd64 linux/386"),
        ("linux/386", "linux/386"),
        ("linux/arm64", "linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"),
        ("linux/arm/v8", "linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"),
        ("linux/arm/v7", "linux/arm/v7 linux/arm/v6 linux/arm/v5"),
        ("linux/arm/v6", "linux/arm/v6 linux/arm/v5"),
        ("linux/ppc64le", "linux/ppc64le"),
        ("linux/s390x", "linux/s390x"),
        ("linux/riscv64", "linux/riscv64"),
        ("windows/amd64", "windows/amd64 windows/386"),
    ],
)
def test_may_run_natively(engine: str, natively: str) -> None:
    assert " ".join(map(str, may_run_natively(parse_platform(engine)))) == natively
