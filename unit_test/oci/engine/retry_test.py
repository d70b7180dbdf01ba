from __future__ import annotations

import pytest

from cibuildwheel.oci.engine.bound import within
from cibuildwheel.oci.engine.process import interrupted
from cibuildwheel.oci.engine.retry import BUSY_PAUSES, PAUSES, pauses, persist

DIGEST = f"sha256:{'5' * 64}"

# What engines and clients said of a registry that failed so, in the lab.
PASSES = [
    "Error response from daemon: received unexpected HTTP status: 502 Bad Gateway",
    "Error response from daemon: received unexpected HTTP status: 503 Service Unavailable",
    (
        'Error response from daemon: Head "http://127.0.0.1:5002/v2/reset/manifests/1": read tcp '
        "127.0.0.1:35106->127.0.0.1:5002: read: connection reset by peer"
    ),
    (
        "error pulling image configuration: download failed after attempts=6: read tcp "
        "127.0.0.1:36204->127.0.0.1:5002: read: connection reset by peer"
    ),
    (
        'Error response from daemon: unknown: failed to resolve reference "h.io/x:1": unexpected '
        "status from HEAD request to http://h.io/v2/x/manifests/1: 502 Bad Gateway"
    ),
    (
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://h.io/v2/x/blobs/"
        f"{DIGEST}: 503 Service Unavailable - Server message: unknown: the lab's 503"
    ),
    "error from registry: the lab's 502",
    (
        f'Error response from daemon: failed to resolve reference "h.io/x@{DIGEST}": '
        f"h.io/x@{DIGEST}: not found"
    ),
    f"ERROR: h.io/x@{DIGEST}: not found",
    (
        "Error: initializing source docker://h.io/x:1: reading manifest 1 in h.io/x: received "
        "unexpected HTTP status: 503 Service Unavailable"
    ),
    (
        "Error: copying system image from manifest list: parsing image configuration: Error "
        "fetching blob: invalid status code from registry 503 (Service Unavailable)"
    ),
    (
        'Error: initializing source docker://h.io/x:1: Get "http://h.io/v2/x/manifests/1": read '
        "tcp 127.0.0.1:53598->127.0.0.1:5002: read: connection reset by peer"
    ),
    "net/http: TLS handshake timeout",
    "stderr=kex_exchange_identification: Connection closed by remote host Connection closed by h",
    "Error: failed to connect: ssh: handshake failed: EOF: ssh://root@127.0.0.1:2223/x.sock",
    'Get "https://h.io/v2/": EOF',
    "Error: beginning transaction: database is locked",
    (
        "Error: failed to get new shm lock manager: failed to create 2048 locks in "
        "/libpod_rootless_lock_1001: file exists"
    ),
    f'Error: error locating item named "manifest" for image with ID "{DIGEST[7:]}": file does not',
    f"Error: layer {DIGEST[7:]}: layer not known",
    (
        f'failed to prepare extraction snapshot "extract-771744199-MArs {DIGEST}": parent snapshot '
        f"{DIGEST} does not exist: not found"
    ),
    f'failed to export layer: snapshot "{DIGEST}-parent-view": already exists',
]
BUSY = [
    "Error response from daemon: toomanyrequests: the lab's 429",
    "error pulling image configuration: download failed after attempts=1: toomanyrequests: x",
    (
        "ERROR: unexpected status from HEAD request to http://h.io/v2/x/manifests/1: 429 Too Many "
        "Requests"
    ),
    "toomanyrequests: retry-after: 1.09ms, allowed: 44000/minute",
]
STAYS = [
    "",
    "Error response from daemon: manifest for h.io/x:1 not found: manifest unknown: the 404",
    "Error response from daemon: unauthorized: the lab's 401",
    (
        "Error response from daemon: pull access denied for h.io/x, repository does not exist or "
        "may require 'docker login': denied: the lab's 403"
    ),
    'Error response from daemon: failed to resolve reference "h.io/x:1": h.io/x:1: not found',
    (
        'Error response from daemon: unknown: failed to resolve reference "h.io/x:1": unexpected '
        "status from HEAD request to http://h.io/v2/x/manifests/1: 401 Unauthorized"
    ),
    "error from registry: blob unknown to registry",
    "error from registry: denied",
    "Error: reading manifest 1 in h.io/x: manifest unknown: the lab's 404",
    "no matching manifest for linux/amd64 in the manifest list entries",
    'Get "https://h.io/v2/": dial tcp 10.0.0.1:443: connect: connection refused',
    "dial tcp: lookup h.io: no such host",
    "write /x: no space left on device",
    "docker gave no answer within 15 seconds",
]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        *((said, PAUSES) for said in PASSES),
        *((said, BUSY_PAUSES) for said in BUSY),
        *((said, ()) for said in STAYS),
    ],
)
def test_pauses(said: str, expected: tuple[float, ...]) -> None:
    assert tuple(pauses(said)) == expected
    assert list(expected) == sorted(expected)


@pytest.mark.parametrize(
    ("named", "first"), [("7", 7.0), ("20s", 20.0), ("500ms", 5.0), ("1", 5.0), ("3600", None)]
)
def test_a_named_time_is_kept(named: str, first: float | None) -> None:
    assert next(pauses(f"toomanyrequests: Retry-After: {named}"), None) == first


@pytest.mark.parametrize(
    ("outcomes", "expected", "pauses"),
    [
        (["done"], "done", 0),
        (["502 Bad Gateway", "done"], "done", 1),
        (["502 Bad Gateway", "connection reset", "502 Bad Gateway", "done"], "done", 3),
        (["502 Bad Gateway", "denied", "done"], "denied", 1),
        (["manifest unknown", "done"], "manifest unknown", 0),
        (["bad gateway 1", "bad gateway 2", "bad gateway 3", "bad gateway 4"], "bad gateway 4", 3),
    ],
)
def test_persist(outcomes: list[str], expected: str, pauses: int, waited: list[float]) -> None:
    told: list[tuple[str, float]] = []
    coming = iter(outcomes)
    outcome = persist(lambda: next(coming), str, lambda *what: told.append(what))
    assert outcome == expected
    assert waited == list(PAUSES[:pauses])
    assert [seconds for _, seconds in told] == waited


def test_as_many_new_tries_as_are_wanted(waited: list[float]) -> None:
    persist(lambda: "bad gateway", str, most=1)
    assert waited == [PAUSES[0]]


def test_no_new_try_where_no_time_is_left(waited: list[float]) -> None:
    with within(2.0):
        persist(lambda: "bad gateway", str)
    assert waited == [PAUSES[0]]


def test_no_new_try_of_a_run_that_is_interrupted() -> None:
    outcomes = iter(["bad gateway", "done"])
    interrupted.set()
    try:
        assert persist(lambda: next(outcomes), str) == "bad gateway"
    finally:
        interrupted.clear()
