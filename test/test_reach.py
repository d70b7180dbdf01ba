"""What is in the way of an engine, done to real ones: each cause is named, with a cure that works.

Plans of cibuildwheel, as `--print-container-plan` makes them; runs make the same ones.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.lab import docker
from tools.lab.generation import FAULTY_ADDRESS, LOCKED_ADDRESS, Generation
from tools.lab.registry import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines("docker20", "docker26", "docker28-containerd"),
    pytest.mark.spread,
]
PORT = 2375
HUB, DAEMON, HOSTS = "registry-1.docker.io", "/etc/docker/daemon.json", "/etc/hosts"
WAITING = "Waiting for docker to start (60 seconds at most) ..."
TCP = f"tcp://127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Plan:
    """How a plan has ended."""

    code: int
    said: str
    seconds: float


@pytest.fixture
def generation(engine: Engine) -> Generation:
    """The engine, which has to be Docker of the lab."""
    if not isinstance(engine, Generation) or engine.kind != "docker":
        pytest.skip(f"{engine.name} is no Docker of the lab")
    return engine


def plan(engine: Engine, folder: Path, image: str, *options: str, **environment: str) -> Plan:
    """Plan a build in `image`, where the environment says so much more."""
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"')
    variables = {
        "CIBW_BUILD": "cp313-manylinux_*",
        "CIBW_CONTAINER_ENGINE": engine.kind,
        "CIBW_MANYLINUX_X86_64_IMAGE": image,
    }
    arguments = ("--platform=linux", "--archs=x86_64", *(options or ("--print-container-plan",)))
    begin = time.monotonic()
    with (folder / "log").open("wb") as log:
        ran = subprocess.run(
            [sys.executable, "-m", "cibuildwheel", *arguments],
            cwd=folder,
            env={**engine.env, **variables, **environment},
            stdout=log,
            stderr=log,
            check=False,
        )
    said = (folder / "log").read_text()
    assert "Traceback" not in said
    return Plan(ran.returncode, said, time.monotonic() - begin)


def _log(folder: Path) -> str:
    file = folder / "log"
    return file.read_text() if file.exists() else ""


def publish(engine: Engine, address: str = "") -> str:
    push(SHAPES["docker-manifest"].make("linux/amd64", tiny), f"{engine.push_address}/reach:1")
    return f"{address or engine.registry.address}/reach:1"


def test_pinned_api_version(generation: Generation, tmp_path: Path) -> None:
    for version in ("1.12", "1.40", "1.99"):
        ended = plan(generation, tmp_path, "x", DOCKER_API_VERSION=version)
        assert ended.code == 32, ended.said
        assert f"DOCKER_API_VERSION is set to {version}," in ended.said
        assert "Unset DOCKER_API_VERSION" in ended.said


@pytest.mark.parametrize(
    ("variable", "value", "fix"),
    [
        ("DOCKER_CONTEXT", "nope", "correct or unset DOCKER_CONTEXT=nope"),
        ("DOCKER_HOST", "foo bar", "Correct or unset DOCKER_HOST=foo bar"),
        ("DOCKER_HOST", "tcp://nohost:2375", "The host in DOCKER_HOST=tcp://nohost:2375 is not"),
    ],
)
def test_nowhere(
    generation: Generation, tmp_path: Path, variable: str, value: str, fix: str
) -> None:
    ended = plan(generation, tmp_path, "x", **{variable: value})
    assert ended.code == 32
    assert fix in ended.said
    assert ended.seconds < 30


def test_daemon_that_starts_later(generation: Generation, tmp_path: Path) -> None:
    image, socket = publish(generation), str(docker.socket_path(generation.sandbox))
    with ThreadPoolExecutor() as executor:
        planned = executor.submit(plan, generation, tmp_path, image, DOCKER_HOST=TCP)
        while WAITING not in _log(tmp_path) and not planned.done():
            time.sleep(0.1)
        with generation.forward(PORT, socket):
            ended = planned.result()
    assert ended.code == 0, ended.said
    assert WAITING in ended.said


def test_daemon_without_tls(generation: Generation, tmp_path: Path) -> None:
    socket, certificates = docker.socket_path(generation.sandbox), tmp_path / "certificates"
    certificates.mkdir()
    _certificate(certificates)
    with generation.forward(PORT, str(socket)):
        tls = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
        ended = plan(generation, tmp_path, "x", DOCKER_HOST=TCP, **tls)
    assert ended.code == 32
    assert "talks without TLS: unset DOCKER_TLS_VERIFY" in ended.said


def test_windows_containers(generation: Generation, tmp_path: Path) -> None:
    """A daemon that says so of itself; as long an answer as before."""
    change = ('"Os":"linux","Arch":"amd64"', '"Os":"windows","Arch":"amd"')
    socket = str(docker.socket_path(generation.sandbox))
    with generation.forward(PORT, socket, "--replace", *change):
        ended = plan(generation, tmp_path, "x", DOCKER_HOST=TCP)
    assert ended.code == 32, ended.said
    assert "runs Windows containers" in ended.said


def test_program_for_passwords_that_is_missing(generation: Generation, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "nope"}))
    image = publish(generation, LOCKED_ADDRESS)
    ended = plan(generation, tmp_path, image, "--output-dir=x", DOCKER_CONFIG=str(tmp_path))
    assert ended.code == 24, ended.said
    assert "docker-credential-nope is not installed" in ended.said
    assert "remove the entry and `docker login` again" in ended.said


@pytest.mark.default_engines("docker26")
def test_own_lists_are_not_the_registrys(generation: Generation, tmp_path: Path) -> None:
    """Where nothing but `docker manifest` can ask the registry, which wants a login."""
    config, temporary = tmp_path / "docker", tmp_path / "tmp"
    temporary.mkdir()
    _without_buildx(config)
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (config / "config.json").write_text(json.dumps({"auths": {LOCKED_ADDRESS: {"auth": login}}}))
    image = f"{LOCKED_ADDRESS}/reach-list:1"
    for shape, tag in (("docker-list-all", "1"), ("docker-manifest", "1-arm64")):
        made = SHAPES[shape].make("linux/arm64", tiny)
        push(made, f"{generation.push_address}/reach-list:{tag}")
    subprocess.run(
        ["docker", "manifest", "create", "--insecure", image, f"{image}-arm64"],
        env={**generation.env, "DOCKER_CONFIG": str(config)},
        check=True,
        capture_output=True,
    )
    own = sorted(path for path in config.rglob("*") if path.is_file())
    assert len(own) == 3
    environment = {"DOCKER_CONFIG": str(config), "TMPDIR": str(temporary)}
    ended = plan(generation, tmp_path, image, **environment)
    assert ended.code == 0, ended.said
    assert "docker manifest" not in ended.said
    assert not list(temporary.iterdir())
    assert sorted(path for path in config.rglob("*") if path.is_file()) == own


@pytest.mark.default_engines("docker28-containerd")
def test_mirror_has_what_docker_hub_has_not(generation: Generation, tmp_path: Path) -> None:
    image = "status-404/mirrored:1"
    made = SHAPES["docker-manifest"].make("linux/amd64", tiny)
    push(made, f"{generation.push_address}/{image}")
    _certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_text("".join((tmp_path / name).read_text() for name in ("key.pem", "cert.pem")))
    port = FAULTY_ADDRESS.rpartition(":")[2]
    with _mirror(generation), generation.forward(443, port, "--tls", str(both)):
        ended = plan(generation, tmp_path, image, SSL_CERT_FILE=str(tmp_path / "cert.pem"))
    assert ended.code == 0, ended.said
    assert "docker has a mirror for it" in ended.said


@contextmanager
def _mirror(generation: Generation) -> Iterator[None]:
    """Have the engine's registry mirror Docker Hub, which is on the engine's own loopback now."""
    hosts = generation.sandbox.run("cat", HOSTS)
    try:
        generation.sandbox.write(HOSTS, f"{hosts}\n127.0.0.1 {HUB}\n")
        _use_mirrors(generation, f"http://{generation.registry.address}")
        yield
    finally:
        generation.sandbox.write(HOSTS, hosts)
        _use_mirrors(generation)


def _use_mirrors(generation: Generation, *mirrors: str) -> None:
    config = json.loads(generation.sandbox.run("cat", DAEMON))
    generation.sandbox.write(DAEMON, json.dumps({**config, "registry-mirrors": mirrors}))
    generation.sandbox.run("pkill", "-HUP", "-x", "dockerd")
    for _ in range(100):
        told = generation.run("info", "--format", "{{len .RegistryConfig.Mirrors}}")
        if told == str(len(mirrors)):
            return
        time.sleep(0.1)
    pytest.fail(f"dockerd has {told} mirrors")


def _without_buildx(config: Path) -> None:
    plugin = config / "cli-plugins" / "docker-buildx"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("#!/bin/sh\nexit 1\n")
    plugin.chmod(0o755)


def _certificate(folder: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *(
                "-subj",
                "/CN=x",
                "-addext",
                f"subjectAltName=DNS:{HUB}",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem",
            ),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
