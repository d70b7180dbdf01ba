from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.wanted.address import Address, parse_context, parse_contexts, split_command


@pytest.mark.parametrize(
    ("address", "command", "words"),
    [
        (Address("docker"), ("docker",), "docker"),
        (Address("docker", "arm"), ("docker", "--context=arm"), "docker context arm"),
        (Address("docker", "default"), ("docker", "--context=default"), "docker context default"),
        (Address("podman"), ("podman",), "podman"),
        (Address("podman", "pi"), ("podman", "--connection=pi"), "podman connection pi"),
        (Address("podman", "default"), ("podman",), "podman connection default"),
    ],
)
def test_address(address: Address, command: tuple[str, ...], words: str) -> None:
    assert address.command == command
    assert str(address) == words


@pytest.mark.parametrize(
    ("command", "context", "plain"),
    [
        (
            ("docker", "--context=arm", "manifest", "inspect"),
            "arm",
            ("docker", "manifest", "inspect"),
        ),
        (("podman", "--connection=pi", "info"), "pi", ("podman", "info")),
        (("podman", "--context=pi", "info"), "", ("podman", "--context=pi", "info")),
        (("docker", "info"), "", ("docker", "info")),
        (("skopeo", "--context=arm"), "", ("skopeo", "--context=arm")),
        (("docker",), "", ("docker",)),
    ],
)
def test_split_command(command: tuple[str, ...], context: str, plain: tuple[str, ...]) -> None:
    assert split_command(command) == (context, plain)


@given(name=st.sampled_from(["docker", "podman"]), context=st.text(min_size=1))
def test_what_an_address_adds_is_split_off(name: str, context: str) -> None:
    address = Address("podman" if name == "podman" else "docker", context)
    found, plain = split_command((*address.command, "info"))
    assert plain == (name, "info")
    assert found == ("" if address == Address("podman", "default") else context)


def test_parse_context() -> None:
    assert parse_context(["arm"]) == "arm"
    for wrong in ([], [""], ["arm", "pi"]):
        with pytest.raises(ValueError, match="has to be one name"):
            parse_context(wrong)


def test_parse_contexts() -> None:
    assert parse_contexts(["default", "arm", "default"], "") == ("default", "arm")
    for wrong in ([], [""], ["arm", ""]):
        with pytest.raises(ValueError, match="has to be one name or more"):
            parse_contexts(wrong, "")
    with pytest.raises(ValueError, match="both context and contexts"):
        parse_contexts(["arm"], "pi")
