from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.wanted.pull import WITH_VALUE, YES_OR_NO, Pull, drop_pull, pull_of

SOME = ["--privileged", "--pull=always", "--creds", "u:p", "--init"]


@pytest.mark.parametrize(
    ("create_args", "pull"),
    [
        ([], Pull()),
        (["--pull=always"], Pull(anew=True)),
        (["--pull", "Newer"], Pull(anew=True)),
        (["--pull=always", "--pull", "never"], Pull()),
        (["--pull"], Pull()),
        (["--tls-verify=false", "--init"], Pull(options=("--tls-verify=false",))),
        (["--disable-content-trust", "-v", "a:b"], Pull(options=("--disable-content-trust",))),
        (["--authfile", "a.json"], Pull(options=("--authfile=a.json",))),
        (SOME, Pull(anew=True, options=("--creds=u:p",))),
        (["--env=--creds", "--tls-verify-x=1"], Pull()),
    ],
)
def test_pull(create_args: list[str], pull: Pull) -> None:
    assert pull_of(create_args) == pull


def test_policy_that_no_engine_knows() -> None:
    with pytest.raises(ValueError, match="--pull in create_args is 'often': expected one of alwa"):
        pull_of(["--pull=often"])


def test_without_a_pull() -> None:
    assert drop_pull(SOME) == ("--privileged", "--creds", "u:p", "--init")


@given(st.lists(st.sampled_from([*SOME, *WITH_VALUE, *YES_OR_NO, "--pull", "never", "x"])))
def test_all_but_policies_stay_for_create(create_args: list[str]) -> None:
    left = drop_pull(create_args)
    assert not [arg for arg in left if arg == "--pull" or arg.startswith("--pull=")]
    assert all(arg in create_args for arg in left)
