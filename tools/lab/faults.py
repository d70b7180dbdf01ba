"""A registry on which every image fails in the way its name says.

    python -I faults.py HOST PORT ORIGIN

`HOST:PORT/status-429:1` is answered with that status, and so is any other of three digits. The
other names: `hang` (no answer), `reset` (the connection is reset), `trickle` (an image for
linux/amd64 whose layer never ends), `html` (a page, as of a captive portal), `nonsense` (a manifest
that is no JSON), `schema1` (a Docker image manifest of version 2, schema 1), `other-digest` (for
whatever digest is asked, a manifest of another).

What fails a few times and then works is an image of the registry at the address ORIGIN:
`HOST:PORT/manifests-2-status-502/x:1` is its `x:1` once two requests for manifests were answered
so. `blobs` may stand there for `manifests`, and `reset` or `hang` for the status. A status of 429
or 503 comes with `Retry-After`, in seconds. `HOST:PORT/tags-only/x:1` is its `x:1`, too, of which
no manifest can be had by digest. Each request for such an image is a line of output: the
time of a clock that only goes on, the fault or `origin`, method and path.
"""

import collections
import hashlib
import http.client
import http.server
import json
import os
import re
import socket
import struct
import sys
import threading
import time

_TLS_HANDSHAKE = b"\x16"
_RETRY_AFTER = "3"
_SOME_TIMES = re.compile(
    r"/v2/(?P<name>(?P<what>manifests|blobs)-(?P<times>\d+)-(?P<fault>[^/]+))/"
)
_TAGS_ONLY = "/v2/tags-only/"
_failed: collections.Counter[str] = collections.Counter()
_counting = threading.Lock()
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_ENDLESS = f"sha256:{'e' * 64}"
_CONFIG = json.dumps(
    {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [_ENDLESS]},
    }
)
_CONFIG_DIGEST = f"sha256:{hashlib.sha256(_CONFIG.encode()).hexdigest()}"
_EMPTY = {"mediaType": "application/octet-stream", "digest": f"sha256:{'0' * 64}", "size": 0}
# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
_CODES = {401: "UNAUTHORIZED", 403: "DENIED", 404: "MANIFEST_UNKNOWN", 429: "TOOMANYREQUESTS"}
_BODIES = {
    "html": ("text/html", "<!DOCTYPE html><title>Log in</title>"),
    "nonsense": (_MANIFEST, "}{"),
    "trickle": (
        _MANIFEST,
        json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": {
                    "mediaType": "application/vnd.docker.container.image.v1+json",
                    "digest": _CONFIG_DIGEST,
                    "size": len(_CONFIG),
                },
                "layers": [{"mediaType": _LAYER, "digest": _ENDLESS, "size": 1_000_000}],
            }
        ),
    ),
    "schema1": (
        _SCHEMA_1,
        json.dumps(
            {
                "schemaVersion": 1,
                "name": "schema1",
                "tag": "1",
                "architecture": "amd64",
                "fsLayers": [],
                "history": [],
                "signatures": [],
            }
        ),
    ),
    "other-digest": (
        _MANIFEST,
        json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "config": _EMPTY, "layers": []}),
    ),
}


class _Handler(http.server.BaseHTTPRequestHandler):
    def handle_one_request(self) -> None:
        # A client tries TLS first; it goes on without where it is answered as Go's server answers.
        if self.connection.recv(1, socket.MSG_PEEK) == _TLS_HANDSHAKE:
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            self.close_connection = True
        else:
            super().handle_one_request()

    def do_GET(self) -> None:
        if self.path.startswith(_TAGS_ONLY):
            path = self.path.replace(_TAGS_ONLY, "/v2/", 1)
            if "/manifests/sha256:" in path:
                self._fail("status-404")
            else:
                self._ask_origin(path)
            return
        some_times = _SOME_TIMES.match(self.path)
        if not some_times:
            self._fail(self.path.removeprefix("/v2/").partition("/")[0])
            return
        fault = some_times["fault"] if _fails_again(some_times, self.path) else ""
        told = (f"{time.monotonic():.3f}", fault or "origin", self.command, self.path)
        sys.stdout.write(" ".join(told) + "\n")
        sys.stdout.flush()
        if fault:
            self._fail(fault)
        else:
            self._ask_origin(self.path.replace(f"{some_times['name']}/", "", 1))

    def _fail(self, name: str) -> None:
        if name == "hang":
            time.sleep(3600)
        elif name == "reset":
            # What is closed without a linger is reset (socket(7)).
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            os.close(self.connection.detach())
            self.close_connection = True
        elif self.path.endswith(_CONFIG_DIGEST):
            self._answer(200, "application/octet-stream", _CONFIG)
        elif self.path.endswith(_ENDLESS):
            self._trickle()
        elif found := re.fullmatch(r"status-(\d{3})", name):
            status = int(found[1])
            error = {"code": _CODES.get(status, "UNKNOWN"), "message": f"the lab's {status}"}
            self._answer(status, "application/json", json.dumps({"errors": [error]}))
        elif name in _BODIES:
            self._answer(200, *_BODIES[name])
        else:
            self._answer(200 if not name else 404, "application/json", "{}")

    do_HEAD = do_GET  # noqa: N815

    def _ask_origin(self, path: str) -> None:
        origin = http.client.HTTPConnection(sys.argv[3])
        accept = {"Accept": ", ".join(self.headers.get_all("Accept", []))}
        origin.request(self.command, path, headers=accept)
        answer = origin.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.read())
        origin.close()

    def _trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while self.command == "GET":
            self.wfile.write(b"\0")
            time.sleep(1)

    def _answer(self, status: int, media_type: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if status in {429, 503} and _SOME_TIMES.match(self.path):
            self.send_header("Retry-After", _RETRY_AFTER)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode())


def _fails_again(some_times: re.Match[str], path: str) -> bool:
    repository, found, _ = path.partition(f"/{some_times['what']}/")
    with _counting:
        fails = bool(found) and _failed[repository] < int(some_times["times"])
        _failed[repository] += fails
    return fails


if __name__ == "__main__":
    with http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), _Handler) as server:
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        server.serve_forever()
