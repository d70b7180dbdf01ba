from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import elsewhere as module
from cibuildwheel.oci.engine.elsewhere import LIST, is_elsewhere, podman_host
from cibuildwheel.oci.wanted.address import Address
from unit_test.oci.samples import PODMANS, samples

if TYPE_CHECKING:
    from pathlib import Path

    from cibuildwheel.oci.engine.process import Answer

FOUR, FIVE = (4, 3, 1), (5, 4, 2)
SSH, SOCKET, TCP = "ssh://root@h/run/x.sock", "unix:///run/x.sock", "tcp://h:2376"
LISTED = json.dumps([{"Name": "far", "URI": SSH}, {"Name": "near", "URI": SOCKET}])
VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "CONTAINER_CONNECTION")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of Docker's client, with three contexts."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name, host in (("far", SSH), ("tcp", TCP), ("near", SOCKET)):
        folder = tmp_path / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
        folder.mkdir(parents=True)
        meta = {"Endpoints": {"docker": {"Host": host}}}
        (folder / "meta.json").write_text(json.dumps(meta))
    return tmp_path


@pytest.mark.parametrize(
    ("context", "environ", "elsewhere"),
    [
        ("far", {}, True),
        ("tcp", {}, True),
        ("near", {}, False),
        ("none", {}, False),
        ("near", {"DOCKER_HOST": SSH, "DOCKER_CONTEXT": "far"}, False),
        ("far", {"DOCKER_HOST": SOCKET, "DOCKER_CONTEXT": "near"}, True),
        ("default", {}, False),
        ("default", {"DOCKER_HOST": TCP}, True),
        ("default", {"DOCKER_CONTEXT": "far"}, False),
    ],
)
def test_docker(
    context: str, environ: dict[str, str], elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert is_elsewhere(Address("docker", context), (28,)) == elsewhere


@pytest.mark.parametrize(
    ("connection", "client", "environ", "host"),
    [
        ("far", FIVE, {}, SSH),
        ("near", FIVE, {}, SOCKET),
        ("none", FIVE, {}, ""),
        ("far", FIVE, {"CONTAINER_HOST": SOCKET, "CONTAINER_CONNECTION": "near"}, SSH),
        ("far", FOUR, {}, SSH),
        ("far", FOUR, {"CONTAINER_HOST": SOCKET}, SOCKET),
        ("far", FOUR, {"CONTAINER_CONNECTION": "near"}, SOCKET),
        ("near", FOUR, {"CONTAINER_HOST": TCP, "CONTAINER_CONNECTION": "near"}, TCP),
        ("default", FIVE, {}, ""),
        ("default", FIVE, {"CONTAINER_HOST": TCP}, TCP),
    ],
)
def test_podman(
    connection: str, client: tuple[int, ...], environ: dict[str, str], host: str
) -> None:
    assert podman_host(connection, LISTED, client, environ) == host


@pytest.mark.parametrize("listed", ["", "null", "{", '[{"Name": "far"}]', "[1]"])
def test_a_list_that_is_none(listed: str) -> None:
    assert podman_host("far", listed, FIVE, {}) == ""


@pytest.mark.parametrize("engine", PODMANS)
def test_what_podman_lists(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = samples(engine, "connections")["list"]
    assert listed.argv == LIST
    asked: list[tuple[str, ...]] = []

    def ask(*command: str) -> Answer:
        asked.append(command)
        return listed.answer

    monkeypatch.setattr(module, "ask", ask)
    assert is_elsewhere(Address("podman", "far"), FIVE)
    assert not is_elsewhere(Address("podman", "near"), FIVE)
    assert asked == [LIST, LIST]
