"""What a registry's log says of the requests."""

import pytest

from tools.lab.registry import Request, requests_in

HEAD = '127.0.0.1 - - [22/Nov/2026:21:54:53 +0000] "'


@pytest.mark.parametrize(
    "line, request_",
    [
        (
            'GET /v2/a/b/manifests/1 HTTP/1.1" 200 696 "" "Docker-Client/20.10.24 (linux)"',
            Request("GET", "/v2/a/b/manifests/1", 200, 696, "Docker-Client/20.10.24 (linux)"),
        ),
        (
            'HEAD /v2/a/blobs/sha256:0 HTTP/1.1" 404 157 "" ""',
            Request("HEAD", "/v2/a/blobs/sha256:0", 404, 157, ""),
        ),
        (
            'GET /v2/ HTTP/1.1" 200 2 "" "containers/5.32.2"',
            Request("GET", "/v2/", 200, 2, "containers/5.32.2"),
        ),
    ],
)
def test_request(line: str, request_: Request) -> None:
    assert requests_in(HEAD + line) == [request_]


def test_other_lines_are_no_requests() -> None:
    log = 'time="2026-11-22T21:54:53Z" level=info msg="listening on 127.0.0.1:5000"\n\n"GET /v2/'
    assert requests_in(log) == []


@pytest.mark.parametrize(
    "path, what",
    [
        ("/v2/", ""),
        ("/v2/a/manifests/1", "manifests"),
        ("/v2/a/b/blobs/sha256:0", "blobs"),
        ("/v2/a/tags/list", "tags"),
        ("/v2/blobs/manifests/1", "manifests"),
        ("/v2/manifests/blobs/sha256:0", "blobs"),
    ],
)
def test_what_is_asked_for(path: str, what: str) -> None:
    assert Request("GET", path, 200, 0, "").what == what
