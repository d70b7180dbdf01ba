"""The registry on which every image fails as its name says."""

import http.client
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.lab import faults
from tools.lab.process import spawn
from tools.lab.registry import free_address


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens."""
    address = free_address()
    log = tmp_path_factory.mktemp("faults") / "log"
    command = [sys.executable, "-I", str(Path(faults.__file__)), *address.split(":")]
    process = spawn(command, os.environ, log)
    while "listening" not in log.read_text():
        assert process.alive(), log.read_text()
    yield address
    process.end()


def ask(address: str, name: str, method: str = "GET") -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request(method, f"/v2/{name}/manifests/1")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type", ""), body


@pytest.mark.parametrize(
    "name, status, media_type, body",
    [
        ("status-401", 401, "application/json", b"UNAUTHORIZED"),
        ("status-429", 429, "application/json", b"TOOMANYREQUESTS"),
        ("status-503", 503, "application/json", b"UNKNOWN"),
        ("html", 200, "text/html", b"<!DOCTYPE html>"),
        ("nonsense", 200, "application/vnd.docker.distribution.manifest.v2+json", b"}{"),
        (
            "schema1",
            200,
            "application/vnd.docker.distribution.manifest.v1+prettyjws",
            b'"schemaVersion": 1',
        ),
        (
            "other-digest",
            200,
            "application/vnd.docker.distribution.manifest.v2+json",
            b'"schemaVersion": 2',
        ),
        ("anything", 404, "application/json", b"{}"),
    ],
)
def test_answer(address: str, name: str, status: int, media_type: str, body: bytes) -> None:
    answered = ask(address, name)
    assert answered[:2] == (status, media_type)
    assert body in answered[2]
    assert ask(address, name, "HEAD") == (status, media_type, b"")


def test_hangs(address: str) -> None:
    host, port = address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=0.5)
    connection.request("GET", "/v2/hang/manifests/1")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
