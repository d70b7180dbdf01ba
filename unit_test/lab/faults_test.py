"""The registry on which every image fails as its name says."""

import http.client
import http.server
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.lab import faults
from tools.lab.process import spawn
from tools.lab.registry import free_address


class Origin(http.server.BaseHTTPRequestHandler):
    """A registry that has everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/path")
        self.end_headers()
        self.wfile.write(self.path.encode())


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults") / "log"


@pytest.fixture(scope="module")
def address(log: Path, origin: str) -> Iterator[str]:
    """Where it listens."""
    address = free_address()
    command = [sys.executable, "-I", str(Path(faults.__file__)), *address.split(":"), origin]
    process = spawn(command, os.environ, log)
    while "listening" not in log.read_text():
        assert process.alive(), log.read_text()
    yield address
    process.end()


def ask(
    address: str, name: str, method: str = "GET", what: str = "manifests"
) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request(method, f"/v2/{name}/{what}/1")
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


def test_what_is_served_by_its_tag_only(address: str) -> None:
    assert ask(address, "tags-only/x")[2] == b"/v2/x/manifests/1"
    assert ask(address, "tags-only/x", what="manifests/sha256:1")[0] == 404
    assert ask(address, "tags-only/x", what="blobs/sha256:1")[2] == b"/v2/x/blobs/sha256:1/1"


def test_hangs(address: str) -> None:
    host, port = address.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=0.5)
    connection.request("GET", "/v2/hang/manifests/1")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


def test_resets(address: str) -> None:
    with pytest.raises(ConnectionResetError):
        ask(address, "reset")


@pytest.mark.parametrize("what, other", [("manifests", "blobs"), ("blobs", "manifests")])
def test_fails_a_few_times_and_then_works(address: str, log: Path, what: str, other: str) -> None:
    name = f"{what}-2-status-503/x/y"
    works = (200, "text/path", f"/v2/x/y/{what}/1".encode())
    assert ask(address, name, what=other)[0] == 200
    assert [ask(address, name, what=what)[0] for _ in range(2)] == [503, 503]
    assert [ask(address, name, what=what) for _ in range(2)] == [works, works]
    # each image has faults of its own
    assert ask(address, f"{name}/z", what=what)[0] == 503
    told = [line.split()[1:] for line in log.read_text().splitlines() if f"/{name}/{what}/" in line]
    faults_told = [line[0] for line in told if line[-1].startswith("/v2/")]
    assert faults_told == ["status-503"] * 2 + ["origin"] * 2


def test_says_when_to_come_again(address: str) -> None:
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", "/v2/manifests-1-status-429/x/manifests/1")
    assert connection.getresponse().getheader("Retry-After") == "3"
    connection.close()
