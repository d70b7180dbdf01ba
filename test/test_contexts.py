"""Containers on the engine of a context: Docker's contexts and podman's system connections."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine.describe import describe
from cibuildwheel.oci.errors import EngineUnusableError
from cibuildwheel.oci.image.elf import HEADER_BYTES, parse_elf
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.plan.settle import settle
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.document import DOCKER, manifest
from tools.images.manylinux import manylinux
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.lab import docker, handlers
from tools.lab.contexts import with_context
from tools.lab.generation import Generation
from tools.lab.plugin import use
from tools.projects import SPAM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tools.lab.engine import Engine
    from tools.lab.lab import Lab

AMD64, ARM64, S390X = "linux/amd64", "linux/arm64", "linux/s390x"
TCP = "tcp://127.0.0.1:2376"
FAR, NEAR = "far", "near"
HOST = {"docker": "DOCKER_HOST", "podman": "CONTAINER_HOST"}
NAMED = {"docker": "DOCKER_CONTEXT", "podman": "CONTAINER_CONNECTION"}
OTHER = "docker26"
# What is asked about contexts themselves.
ABOUT = (["docker", "context"], ["podman", "system"])


@pytest.fixture
def generation(engine: Engine) -> Generation:
    """The engine, which has to be one of root's in the lab."""
    if not isinstance(engine, Generation) or engine.spec.rootless:
        pytest.skip(f"{engine.name} is no engine of root's in the lab")
    return engine


def publish(engine: Engine, name: str) -> str:
    """An image with a shell and little else, in the registry."""
    push(manifest(DOCKER, tiny(AMD64), AMD64), f"{engine.push_address}/{name}:1")
    return f"{engine.registry.address}/{name}:1"


def want(engine: Engine, image: str, context: str = "") -> Want:
    return Want(engine.kind, image, parse_platform(AMD64), context=context)


@contextmanager
def recorded(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Keep the commands that this process gives to `kind` meanwhile: they are there at the end."""
    commands: list[list[str]] = []
    shim, log = folder / "shim" / kind, folder / "commands"
    shim.parent.mkdir()
    # in one write, as several are started at once
    quoted = "printf '%s\\0' \"$@\" | od -An -v -tx1 | tr -d ' \\n'"
    shim.write_text(f'#!/bin/sh\necho "$({quoted})" >>{log}\nexec {shutil.which(kind)} "$@"\n')
    shim.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(shim.parent), prepend=os.pathsep)
        yield commands
    words = (bytes.fromhex(line).decode().split("\0")[:-1] for line in log.read_text().split())
    commands += [[kind, *told] for told in words]


@pytest.mark.default_engines("docker20", "docker28-containerd", "podman4", "podman5.4")
def test_what_counts_for_more_is_the_engine_s_own_rule(
    generation: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the socket that is missed: none of them is there."""
    kind, environment = generation.kind, dict(generation.env)
    for name in (FAR, NEAR):
        environment = with_context(kind, environment, tmp_path, name, f"unix:///nowhere/{name}")
    use(environment, monkeypatch)
    old_podman = generation.name.startswith("podman4")

    def missed(context: str, **variables: str) -> str:
        with monkeypatch.context() as patched:
            for name, value in variables.items():
                patched.setenv(name, value)
            with pytest.raises(EngineUnusableError) as error:
                describe(Address(kind, context))
        return next(w for w in (FAR, NEAR, "host") if f"/nowhere/{w}" in str(error.value))

    host, named = {HOST[kind]: "unix:///nowhere/host"}, {NAMED[kind]: NEAR}
    assert missed(FAR) == FAR
    assert missed(FAR, **host) == ("host" if old_podman else FAR)
    assert missed(FAR, **named) == (NEAR if old_podman else FAR)
    assert missed(FAR, **host, **named) == ("host" if old_podman else FAR)
    assert missed("default", **host) == "host"


@pytest.mark.default_engines("docker28-containerd")
def test_two_engines_in_a_run(
    generation: Generation, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has an image that the other lacks, and no registry has either."""
    if generation.kind != "docker":
        pytest.skip("podman's are tried with one engine")
    other = lab.engine(OTHER)
    other.reset()
    there = f"unix://{docker.socket_path(other.sandbox)}"
    use(with_context("docker", generation.env, tmp_path, FAR, there), monkeypatch)
    image = publish(generation, "contexts")
    names = {NEAR: "localhost/only-near:1", FAR: "localhost/only-far:1"}
    for engine, where in ((generation, NEAR), (other, FAR)):
        engine.run("pull", f"--platform={AMD64}", image)
        engine.run("tag", image, names[where])
    with recorded("docker", tmp_path, monkeypatch) as commands:
        settled = settle([want(generation, names[NEAR]), want(generation, names[FAR], FAR)])
        assert {one.decision.source for one in settled} == {Source.STORED}
        assert [one.engine.elsewhere for one in settled] == [False, False]
        for context, name in (("", names[NEAR]), (FAR, names[FAR])):
            config = OCIContainerEngineConfig("docker", context=context, disable_host_mount=True)
            with OCIContainer(image=name, oci_platform=OCIPlatform(AMD64), engine=config) as box:
                mine, others = (generation, other)[:: -1 if context else 1]
                assert box.name
                assert box.name in mine.run("ps", "--format={{.Names}}")
                assert box.name not in others.run("ps", "--format={{.Names}}")
                assert "DOCKER" not in box.call(["env"], capture_output=True)
    leading = [c for c in commands if c[1] == f"--context={FAR}"]
    rest = [c for c in commands if c not in leading]
    assert any(names[FAR] in c for c in leading)
    assert not [c for c in rest if names[FAR] in c or f"--context={FAR}" in c]
    assert not [c for c in leading if names[NEAR] in c]
    assert not [c for c in commands if c[:2] in ABOUT]
    for engine in (generation, other):
        assert engine.run("ps", "--all", "--quiet") == ""
        assert "cibuildwheel" not in engine.run("images")


@pytest.mark.default_engines("docker28-containerd", "podman5.4")
def test_an_engine_elsewhere(
    generation: Generation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Over a real sshd with its defaults; nothing of this machine is mounted there."""
    image = publish(generation, "contexts")
    project, back = tmp_path / "project", tmp_path / "back"
    (project / "deep").mkdir(parents=True)
    (project / "deep/file").write_text("data")
    with generation.over_ssh(0) as (sshd, environment):
        host = environment.pop(HOST[generation.kind])
        key = environment.pop("CONTAINER_SSHKEY", "")
        told = with_context(generation.kind, environment, sshd.home, FAR, host, key)
        use(told, monkeypatch)
        config = OCIContainerEngineConfig(generation.kind, context=FAR)
        platform = OCIPlatform(AMD64)
        with OCIContainer(image=image, oci_platform=platform, engine=config, cwd="/x") as box:
            assert box.settled
            assert box.settled.engine.elsewhere
            assert box.call(["sh", "-c", "echo /host*"], capture_output=True) == "/host*\n"
            box.copy_into(project, PurePosixPath("/x/project"))
            box.copy_out(PurePosixPath("/x/project"), back)
        assert (back / "deep/file").read_text() == "data"
        assert "Accepted publickey" in sshd.log()
        assert "drop connection" not in sshd.log()
    assert generation.run("ps", "--all", "--quiet") == ""
    assert "tar can't" not in capfd.readouterr().err


@pytest.mark.default_engines("podman5.4")
def test_a_connection_by_a_socket_is_here(
    generation: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if generation.kind != "podman":
        pytest.skip("Docker's are tried with two engines")
    image = publish(generation, "contexts")
    with generation.remote() as environment:
        host = environment.pop("CONTAINER_HOST")
        use(with_context("podman", environment, tmp_path, NEAR, host), monkeypatch)
        config = OCIContainerEngineConfig("podman", context=NEAR)
        with OCIContainer(image=image, oci_platform=OCIPlatform(AMD64), engine=config) as box:
            assert box.settled
            assert not box.settled.engine.elsewhere
            assert box.call(["ls", "/host"], capture_output=True)


@pytest.mark.default_engines("docker28-containerd")
def test_a_machine_of_another_architecture(
    generation: Generation, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Docker that says of itself that it is on arm64, over TLS, which wants a certificate."""
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    if generation.kind != "docker":
        pytest.skip("podman's machines can't be made to say so")
    other = lab.engine(OTHER)
    other.reset()
    pem, environment = _certificate(tmp_path), dict(generation.env)
    files = f"ca={tmp_path}/cert.pem,cert={tmp_path}/cert.pem,key={tmp_path}/key.pem"
    for name, host in ((FAR, f"{TCP},{files}"), ("stranger", f"{TCP},ca={tmp_path}/cert.pem")):
        environment = with_context("docker", environment, tmp_path / "docker", name, host)
    use(environment, monkeypatch)
    made = SHAPES["oci-index-all"].make(ARM64, tiny)
    for engine in (generation, other):
        push(made, f"{engine.push_address}/contexts-all:1")
    image = f"{generation.registry.address}/contexts-all:1"
    socket, tls = str(docker.socket_path(other.sandbox)), ("--tls", pem, "--clients", pem)
    with generation.forward(2376, socket, *tls, "--replace", '"Arch":"amd64"', '"Arch":"arm64"'):
        command = ["docker", "--context=stranger", "version"]
        stranger = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "certificate" in stranger.stderr
        wants = [
            Want("docker", image, parse_platform(platform), contexts=("default", FAR))
            for platform in (AMD64, ARM64, S390X)
        ]
        plan = make_plan(wants)
        assert [(one.want.context, one.ability) for one in plan] == [
            ("default", Ability.NATIVE),
            (FAR, Ability.NATIVE),
            ("default", Ability.EMULATED),
        ]
        assert all(one.why for one in plan)
        settled = settle(wants[1:2])[0]
        config = OCIContainerEngineConfig("docker", contexts=("default", FAR))
        platform = OCIPlatform(ARM64)
        with OCIContainer(
            image=image, oci_platform=platform, engine=config, settled=settled
        ) as box:
            assert str(box.name) in other.run("ps", "--format={{.Names}}")
            assert box.call(["sh", "-c", "echo /host*"], capture_output=True) == "/host*\n"
    assert other.run("ps", "--all", "--quiet") == ""


def _certificate(folder: Path) -> str:
    """One for 127.0.0.1, signed by itself, with its key in one file, too."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", "key.pem", "-out", "cert.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    both = folder / "both.pem"
    both.write_text("".join((folder / name).read_text() for name in ("key.pem", "cert.pem")))
    return str(both)


def run(
    engine: Engine, folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run cibuildwheel for one build, with so many more variables."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"')
    return subprocess.run(
        [sys.executable, "-m", "cibuildwheel", "--platform=linux", *arguments],
        cwd=folder,
        env={**engine.env, "CIBW_BUILD": "cp313-manylinux_*", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.default_engines("docker28-containerd", "podman5.4")
@pytest.mark.spread
def test_contexts_that_are_of_no_use_are_told_together(
    generation: Generation, tmp_path: Path
) -> None:
    kind = generation.kind
    environment = with_context(kind, generation.env, tmp_path, "dead", "unix:///nowhere/x")
    config = {"name": kind, "context": "dead"}
    override = {"name": kind, "context": "nope"}
    toml = f"""
        [tool.cibuildwheel]
        container-engine = {_inline(config)}
        manylinux-x86_64-image = "x"
        manylinux-i686-image = "x"
        [[tool.cibuildwheel.overrides]]
        select = "*_i686"
        container-engine = {_inline(override)}
    """
    (tmp_path / "config.toml").write_text(toml)
    ended = run(
        generation,
        tmp_path / "project",
        "--archs=x86_64,i686",
        f"--config-file={tmp_path}/config.toml",
        **environment,
    )
    assert ended.returncode == 30, ended.stderr
    assert "The build can't start, for 2 reasons:" in ended.stderr
    for context in ("dead", "nope"):
        assert f'correct context = "{context}" in container-engine' in ended.stderr
    assert "Traceback" not in ended.stderr


def _inline(table: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{key} = {json.dumps(value)}' for key, value in table.items())}}}"


@pytest.mark.default_engines("docker28-containerd")
def test_a_run_by_a_context(generation: Generation, tmp_path: Path) -> None:
    """Up to the first Python, which the image has not; `/host` is named and missed."""
    image = publish(generation, "contexts")
    with generation.over_ssh(0) as (sshd, environment):
        host = environment.pop(HOST[generation.kind])
        told = with_context(generation.kind, environment, sshd.home, FAR, host)
        variables = {
            **told,
            "CIBW_CONTAINER_ENGINE": f"{generation.kind}; context: {FAR}",
            "CIBW_MANYLINUX_X86_64_IMAGE": image,
            "CIBW_BEFORE_BUILD": "ls /host/opt",
        }
        planned = run(
            generation,
            tmp_path / "project",
            "--archs=x86_64",
            "--print-container-plan=json",
            **variables,
        )
        assert planned.returncode == 0, planned.stderr
        (container,) = json.loads(planned.stdout)["containers"]
        assert (container["context"], container["execution"]) == (FAR, "native")
        ended = run(generation, tmp_path / "project", "--archs=x86_64", **variables)
    assert ended.returncode
    assert ended.stderr.count("/host is named, and nothing is there") == 1
    assert "before-build: /host" in ended.stderr
    assert "/opt/python/cp313-cp313" in ended.stderr
    assert generation.run("ps", "--all", "--quiet") == ""


@pytest.mark.default_engines("docker28-containerd")
@pytest.mark.timeout(600)
def test_a_wheel_by_a_context(generation: Generation, tmp_path: Path) -> None:
    """Built and repaired over ssh, from a project that is here."""
    push(SHAPES["oci-index-attested"].make(AMD64, manylinux), f"{generation.push_address}/wheel:1")
    project = tmp_path / "project"
    project.mkdir()
    for name, text in SPAM.items():
        (project / name).write_text(text)
    with generation.over_ssh(0) as (sshd, environment):
        host = environment.pop(HOST[generation.kind])
        variables = {
            **with_context(generation.kind, environment, sshd.home, FAR, host),
            "CIBW_CONTAINER_ENGINE": f"{generation.kind}; context: {FAR}",
            "CIBW_MANYLINUX_X86_64_IMAGE": f"{generation.registry.address}/wheel:1",
            "CIBW_BUILD_FRONTEND": "pip; args: --no-build-isolation",
        }
        ended = run(generation, project, "--archs=x86_64", **variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (wheel,) = (project / "wheelhouse").iterdir()
    assert re.fullmatch(r"x-1-cp313-cp313-manylinux\w+_x86_64.*\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        (extension,) = (name for name in archive.namelist() if name.endswith(".so"))
        assert str(parse_elf(archive.read(extension)[:HEADER_BYTES])) == "x86_64"
    assert generation.run("ps", "--all", "--quiet") == ""


@pytest.mark.default_engines("docker20", "podman5.4")
@pytest.mark.spread
def test_without_a_context_nothing_is_asked_about_any(
    generation: Generation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = publish(generation, "contexts")
    generation.run("pull", f"--platform={AMD64}", image)
    use(generation.env, monkeypatch)
    with recorded(generation.kind, tmp_path, monkeypatch) as commands:
        settle([want(generation, image)])
    assert not [c for c in commands if c[:2] in ABOUT or c[1].startswith("-")]
    # the image, what is kept of runs before, version and info
    assert len(commands) == 4
