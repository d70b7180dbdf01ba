from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.wanted.create_args import drop_platform, split_platform


@pytest.mark.parametrize(
    ("create_args", "others", "values"),
    [
        ([], (), ()),
        (["--privileged"], ("--privileged",), ()),
        (["--platform", "linux/arm64"], (), ("linux/arm64",)),
        (["--platform=linux/arm64"], (), ("linux/arm64",)),
        (["-v", "a:b", "--platform", "x", "--gpus=all"], ("-v", "a:b", "--gpus=all"), ("x",)),
        (
            ["--platform=a", "--init", "--platform", "b", "--platform=a"],
            ("--init",),
            ("a", "b", "a"),
        ),
        (["--platform-x=1", "--env=--platform"], ("--platform-x=1", "--env=--platform"), ()),
    ],
)
def test_split(create_args: list[str], others: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert split_platform(create_args) == (others, values)


@pytest.mark.parametrize(
    "create_args",
    [
        ["--platform"],
        ["--init", "--platform"],
        ["--platform="],
        ["--platform", ""],
        ["--platform", "--init"],
        ["--platform=linux/arm64", "--platform"],
    ],
)
def test_flag_without_value(create_args: list[str]) -> None:
    with pytest.raises(ValueError, match=r"--platform in create_args has no value\. Remove it"):
        split_platform(create_args)


arguments = st.lists(st.sampled_from(["--init", "--gpus=all", "-v", "a:b", ""]))


@given(arguments, arguments, st.sampled_from(["linux/arm64", "arm64", "x"]), st.booleans())
def test_the_other_arguments_stay(
    before: list[str], after: list[str], value: str, joined: bool
) -> None:
    flag = [f"--platform={value}"] if joined else ["--platform", value]
    assert split_platform([*before, *flag, *after]) == ((*before, *after), (value,))


@pytest.mark.parametrize(
    ("value", "platform"),
    [
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("arm64", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/i386", "linux/386"),
    ],
)
def test_same_platform_is_dropped_quietly(
    value: str, platform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    args = drop_platform(["--init", "--platform", value, f"--platform={value}"], platform)
    assert args == ("--init",)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("value", "platform", "architecture"),
    [
        ("linux/arm64/v8", "linux/amd64", "x86_64"),
        ("linux/arm64", "linux/arm/v7", "armv7l"),
        ("linux/amd64", "linux/386", "i686"),
        ("linux/amd64/v2", "linux/amd64", "x86_64"),
        ("linux", "linux/arm64", "aarch64"),
        ("not a platform", "linux/s390x", "s390x"),
    ],
)
def test_another_platform_is_dropped_with_one_warning(
    value: str, platform: str, architecture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    args = drop_platform([f"--platform={value}", "--init", "--platform", value], platform)
    assert args == ("--init",)
    said = capsys.readouterr().err
    assert said.count("is ignored") == 1
    assert f"--platform {value} from create_args of container-engine" in said
    assert f"the platform of this container is {platform}, from its build identifiers" in said
    assert f"the {architecture} builds would have" in said
