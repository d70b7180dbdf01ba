from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine.describe import parse_docker, parse_podman
from cibuildwheel.oci.engine.minimum import check_minimum
from cibuildwheel.oci.errors import EngineTooOldError

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName


@pytest.mark.parametrize(
    ("name", "client", "daemon"),
    [
        ("docker", (1, 41), (1, 41)),
        ("docker", (1, 52), (1, 41)),
        ("docker", (), (1, 44)),
        ("docker", (), ()),
        ("podman", (3,), ()),
        ("podman", (3, 0, 1), (5, 4, 2)),
        ("podman", (4, 3, 1), ()),
    ],
)
def test_new_enough(name: EngineName, client: tuple[int, ...], daemon: tuple[int, ...]) -> None:
    check_minimum(name, {"client": client, "daemon": daemon})


@pytest.mark.parametrize(
    ("name", "client", "daemon", "side", "found"),
    [
        ("docker", (1, 40), (1, 52), "client", "1.40"),
        ("docker", (1, 52), (1, 40), "daemon", "1.40"),
        ("docker", (1, 9), (1, 9), "client", "1.9"),
        ("podman", (2, 2, 1), (), "client", "2.2.1"),
        ("podman", (4, 3), (2, 0), "daemon", "2.0"),
    ],
)
def test_too_old(
    name: EngineName, client: tuple[int, ...], daemon: tuple[int, ...], side: str, found: str
) -> None:
    with pytest.raises(EngineTooOldError) as raised:
        check_minimum(name, {"client": client, "daemon": daemon})
    assert raised.value.return_code == 29
    assert f"The {name} {side} is too old: it has {found}, and" in str(raised.value)
    assert f"Update the {side}." in str(raised.value)


def test_docker_names_the_side() -> None:
    version = {
        "Client": {"Version": "28.2.2", "ApiVersion": "1.40", "DefaultAPIVersion": "1.50"},
        "Server": {"Version": "19.03.15", "ApiVersion": "1.40", "Os": "linux", "Arch": "amd64"},
    }
    with pytest.raises(EngineTooOldError, match="The docker daemon is too old"):
        parse_docker(version, {})


def test_podman_names_the_side() -> None:
    version = {"Client": {"Version": "4.3.1"}, "Server": {"Version": "2.2.1"}}
    with pytest.raises(EngineTooOldError, match="The podman daemon is too old"):
        parse_podman("podman", version, {"host": {"os": "linux", "arch": "amd64"}})
