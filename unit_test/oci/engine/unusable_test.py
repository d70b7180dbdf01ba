from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine.unusable import is_starting, place_of, unusable
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.wanted.address import Address

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName

OLD = (
    "Error response from daemon: client version 1.39 is too old. Minimum supported API version is "
    "1.44, please upgrade your client to a newer version"
)
NEW = (
    "Error response from daemon: client version 1.51 is too new. Maximum supported API version is "
    "1.41"
)
TCP = "DOCKER_HOST=tcp://docker:2375"
REFUSED = "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?"
NO_CERTIFICATE = (
    "Failed to initialize: unable to resolve docker endpoint: open /certs/client/ca.pem: "
    "no such file or directory"
)
# As the lab's engines say it (docker20, docker26, docker28; podman4, podman5.4, podman5.8).
SAID: list[tuple[EngineName, str, dict[str, str], str]] = [
    ("docker", "docker cannot be run: No such file or directory", {}, "Install docker"),
    ("docker", "Cannot connect to the Docker daemon at unix:///var/run/x.sock.", {}, "Start it ("),
    ("docker", REFUSED, {"DOCKER_HOST": "tcp://docker:2375"}, f"or correct {TCP},"),
    (
        "docker",
        "permission denied while trying to connect to the Docker daemon socket at unix:///x",
        {},
        "usermod -aG docker",
    ),
    (
        "docker",
        'unable to resolve docker endpoint: context "nope" does not exist',
        {"DOCKER_CONTEXT": "nope"},
        "correct or unset DOCKER_CONTEXT=nope. `docker context ls` shows",
    ),
    (
        "docker",
        (
            'Failed to initialize: unable to resolve docker endpoint: context "nope": context '
            "not found: open /root/.docker/contexts/meta/ca37/meta.json: no such file or directory"
        ),
        {},
        "correct or unset the context of docker.",
    ),
    ("docker", NO_CERTIFICATE, {}, "/certs, with DOCKER_CERT_PATH"),
    (
        "docker",
        (
            'error during connect: Get "https://127.0.0.1:2375/v1.51/version": http: server gave '
            "HTTP response to HTTPS client"
        ),
        {},
        "unset DOCKER_TLS_VERIFY",
    ),
    (
        "docker",
        "Error response from daemon: Client sent an HTTP request to an HTTPS server.",
        {},
        "wants TLS",
    ),
    (
        "docker",
        (
            'error during connect: Get "https://127.0.0.1:2376/v1.51/version": tls: failed to '
            "verify certificate: x509: certificate signed by unknown authority"
        ),
        {},
        "not those of the daemon",
    ),
    (
        "docker",
        (
            'error during connect: Get "http://nohost:2375/v1.24/version": dial tcp: lookup nohost '
            "on 10.0.0.1:53: no such host"
        ),
        {"DOCKER_HOST": "tcp://nohost:2375"},
        "The host in DOCKER_HOST=tcp://nohost:2375 is not known here",
    ),
    (
        "docker",
        'unable to resolve docker endpoint: parse "tcp://foo bar": invalid character " " in host',
        {"DOCKER_HOST": "foo bar"},
        "Correct or unset DOCKER_HOST=foo bar.",
    ),
    (
        "podman",
        (
            'Error: unable to connect to Podman socket: Get "http://d/v5.4.2/libpod/_ping": dial '
            "unix /nope.sock: connect: no such file or directory"
        ),
        {"CONTAINER_HOST": "unix:///nope.sock"},
        "or correct CONTAINER_HOST=unix:///nope.sock, or name",
    ),
    (
        "podman",
        'Error: read cli flags: connection "nope" not found',
        {"CONTAINER_CONNECTION": "nope"},
        "`podman system connection list` shows",
    ),
    (
        "podman",
        "Error: failed to connect: ssh: handshake failed: EOF",
        {},
        "raise MaxStartups in its sshd_config, and try `podman version` by hand",
    ),
    (
        "docker",
        (
            "error during connect: command [ssh -- h docker system dial-stdio] has exited with "
            "exit status 255: stderr=kex_exchange_identification: Connection closed by remote host"
        ),
        {"DOCKER_HOST": "ssh://h"},
        "raise MaxStartups",
    ),
    (
        "docker",
        (
            "error during connect: command [ssh -- h docker system dial-stdio] has exited with "
            "exit status 255: stderr=u@h: Permission denied (publickey,password)."
        ),
        {"DOCKER_HOST": "ssh://h"},
        "over ssh without a question",
    ),
    ("docker", "docker gave no answer within 30 seconds", {}, "Install docker and start it"),
]


@pytest.mark.parametrize(("name", "said", "environ", "fix"), SAID)
def test_fix(name: EngineName, said: str, environ: dict[str, str], fix: str) -> None:
    error = unusable(Address(name), said, environ)
    what, _, helps = str(error).partition("\nFix: ")
    assert (type(error), error.return_code) == (EngineUnusableError, 32)
    assert what == f"{name} is needed for Linux builds and does not answer: {said}"
    assert fix in helps


@pytest.mark.parametrize(
    ("engine", "said", "fix"),
    [
        (
            Address("docker", "arm"),
            'unable to resolve docker endpoint: context "arm" does not exist',
            'correct context = "arm" in container-engine. `docker context ls` shows',
        ),
        (
            Address("podman", "pi"),
            'Error: failed to resolve active destination: "pi" service destination not found',
            'correct context = "pi" in container-engine. `podman system connection list` shows',
        ),
        (
            Address("docker", "arm"),
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            'or correct context = "arm" in container-engine, or name',
        ),
        (
            Address("docker", "arm"),
            (
                'error during connect: Get "https://127.0.0.1:2376/v1.51/version": remote error: '
                "tls: certificate required"
            ),
            'correct those of context = "arm" in container-engine (`docker context update`)',
        ),
        (
            Address("docker", "arm"),
            (
                "error during connect: command [ssh -- h docker system dial-stdio] has exited with "
                "exit status 255: stderr=u@h: Permission denied (publickey,password)."
            ),
            "try `docker --context=arm version` by hand",
        ),
    ],
)
def test_fix_of_a_context(engine: Address, said: str, fix: str) -> None:
    error = unusable(engine, said, {"DOCKER_HOST": "tcp://x", "CONTAINER_HOST": "tcp://x"})
    what, _, helps = str(error).partition("\nFix: ")
    assert what == f"{engine} is needed for Linux builds and does not answer: {said}"
    assert fix in helps


@pytest.mark.parametrize(("said", "side"), [(OLD, "client"), (NEW, "daemon")])
def test_too_old(said: str, side: str) -> None:
    error = unusable(Address("docker"), said, {})
    assert (type(error), error.return_code) == (EngineTooOldError, 29)
    assert f"Update the {side}. It says: {said}" in str(error)


@pytest.mark.parametrize("said", [OLD, NEW])
def test_too_old_by_a_variable(said: str) -> None:
    error = unusable(Address("docker"), said, {"DOCKER_API_VERSION": "1.39"})
    assert error.return_code == 32
    assert str(error).startswith("DOCKER_API_VERSION is set to 1.39, which the daemon does not")
    assert "Unset DOCKER_API_VERSION" in str(error)
    assert "Update" not in str(error)


@pytest.mark.parametrize(
    ("said", "place", "starting"),
    [
        (REFUSED, TCP, True),
        (NO_CERTIFICATE, TCP, True),
        ("Error: unable to connect to Podman socket", "CONTAINER_HOST=unix:///x.sock", True),
        (REFUSED, "", False),
        (REFUSED, "DOCKER_CONTEXT=there", False),
        ("connection refused", "DOCKER_HOST=ssh://there", False),
        (OLD, TCP, False),
        ("http: server gave HTTP response to HTTPS client", TCP, False),
        ("dial tcp: lookup docker on 10.0.0.1:53: no such host", TCP, False),
    ],
)
def test_is_starting(said: str, place: str, starting: bool) -> None:
    assert is_starting(said, place) == starting


def test_place_of() -> None:
    both = {"DOCKER_HOST": "tcp://x", "DOCKER_CONTEXT": "y", "CONTAINER_HOST": ""}
    assert place_of(Address("docker"), both) == "DOCKER_HOST=tcp://x"
    assert place_of(Address("podman"), both) == ""
    assert place_of(Address("docker", "z"), both) == 'context = "z" in container-engine'
    assert place_of(Address("docker", "default"), both) == "DOCKER_HOST=tcp://x"
    podman = {"CONTAINER_HOST": "ssh://x", "CONTAINER_CONNECTION": "y"}
    assert place_of(Address("podman"), podman) == "CONTAINER_HOST=ssh://x or CONTAINER_CONNECTION=y"
    only = {"DOCKER_CONTEXT": "y"}
    assert place_of(Address("docker", "default"), only).startswith('context = "default"')
