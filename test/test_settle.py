"""What is settled before a run, on real engines and a real registry, beyond one cell of the matrix.

By default one engine of each kind of store is used, and the two generations of Docker's containerd
store that are asked in different ways: `--engine lab` is for all.
"""

from __future__ import annotations

import contextlib
import functools
import io
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel import oci_container
from cibuildwheel.oci.container.keep import accept
from cibuildwheel.oci.engine import retry
from cibuildwheel.oci.engine.kept import clean_images
from cibuildwheel.oci.errors import (
    ContainerExitedError,
    ContentError,
    DigestMismatchError,
    ImageAccessError,
    ImageNotFoundError,
    ImagePlatformError,
    ImagesRefusedError,
    PlatformNotOfferedError,
    PullError,
    SchemaOneImageError,
)
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.plan.settle import settle
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from tools.images.archive import docker_archive
from tools.images.ports import PLATFORMS
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import entrypoint_that_ends, tiny, unseen, without_a_shell
from tools.lab.generation import FAULTY_ADDRESS, LOCKED_ADDRESS, Generation
from tools.lab.plugin import use
from tools.lab.registry import PASSWORD, USER

if TYPE_CHECKING:
    from collections import abc

    from cibuildwheel import errors
    from cibuildwheel.oci.plan.settled import Settled
    from tools.images.document import Content, Image
    from tools.images.shapes import Contents
    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines(
        "docker20", "docker26-containerd", "docker28-containerd", "podman5.4"
    ),
    pytest.mark.spread(2),
]
ARM64 = "linux/arm64"
SOON = 20.0
"""Seconds within which a refusal comes, on a busy machine."""


@pytest.fixture(autouse=True)
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> abc.Iterator[None]:
    """Let this process use the engine; no container may be left when the test is over."""
    use(engine.env, monkeypatch)
    yield
    assert engine.run("ps", "--all", "--quiet") == ""


@pytest.fixture
def with_skopeo(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a client that can ask of any image what it offers."""
    if isinstance(engine, Generation):
        use(engine.env_with_skopeo(), monkeypatch)


@pytest.fixture
def generation(engine: Engine) -> Generation:
    """An engine with the lab's other registries."""
    if not isinstance(engine, Generation):
        pytest.skip(f"{engine.name} is not the lab's")
    return engine


def publish(engine: Engine, image: Image, name: str = "settle:1") -> str:
    push(image, f"{engine.push_address}/{name}")
    return f"{engine.registry.address}/{name}"


def shape(name: str, platform: str = ARM64, contents: Contents = tiny) -> Image:
    return SHAPES[name].make(platform, contents)


def want(engine: Engine, image: str, platform: str = ARM64) -> Want:
    return Want(engine.kind, image, parse_platform(platform))


@contextlib.contextmanager
def container(
    engine: Engine,
    image: str,
    platform: str = ARM64,
    settled: Settled | None = None,
    create_args: tuple[str, ...] = (),
    label: str | None = None,
) -> abc.Iterator[oci_container.OCIContainer]:
    config = oci_container.OCIContainerEngineConfig(
        engine.kind, create_args=create_args, disable_host_mount=True, image_platform=label
    )
    with oci_container.OCIContainer(
        image=image,
        oci_platform=oci_container.OCIPlatform(platform),
        engine=config,
        settled=settled,
    ) as opened:
        accept(opened, platform, ["/bin/sh"])  # as a build does before its first step
        yield opened


def content(opened: oci_container.OCIContainer) -> str:
    return opened.call(["cat", "/etc/platform"], capture_output=True).strip()


def content_of(engine: Engine, image: str, platform: str = ARM64, label: str | None = None) -> str:
    with container(engine, image, platform, label=label) as opened:
        return content(opened)


def refusal(engine: Engine, image: str, error: type[errors.FatalError]) -> str:
    """The message of the refusal, which is of class `error` and comes soon."""
    begin = time.monotonic()
    with pytest.raises(error) as refused, container(engine, image):
        pass
    assert type(refused.value) is error
    assert time.monotonic() - begin < SOON
    return str(refused.value)


# A run over all platforms of one tag.


def _run(engine: Engine, image: str) -> list[str]:
    settled = settle([want(engine, image, platform) for platform in PLATFORMS])
    contents = []
    for platform, one in zip(PLATFORMS, settled, strict=True):
        with container(engine, image, platform, one) as opened:
            contents.append(content(opened))
    return contents


def test_one_tag_serves_all_platforms_and_each_layer_is_read_once(engine: Engine) -> None:
    made = shape("oci-index-all", contents=unseen)
    image = publish(engine, made)
    engine.registry.forget()
    assert _run(engine, image) == list(PLATFORMS)
    first = [r for r in engine.registry_log() if r.method == "GET" and r.status == 200]
    blobs = [request.path for request in first if request.what == "blobs"]
    layers = {blob.digest for part in made.walk() for blob in part.blobs[1:]}
    read = [path.rpartition("/")[2] for path in blobs if path.rpartition("/")[2] in layers]
    assert sorted(read) == sorted(layers)

    engine.registry.forget()
    assert _run(engine, image) == list(PLATFORMS)
    assert [r.path for r in engine.registry_log() if r.path.rpartition("/")[2] in layers] == []
    with engine.registry_down():
        assert _run(engine, image) == list(PLATFORMS)


def test_remote_engine(generation: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [publish(generation, shape(s), f"{s}:1") for s in ("oci-index-all", "docker-manifest")]
    lacking = publish(generation, shape("oci-index-lacking"), "lacking:1")
    with generation.remote() as environment:
        use(environment, monkeypatch)
        for image in images:
            assert content_of(generation, image) == ARM64
        refusal(generation, lacking, PlatformNotOfferedError)


# Refusals.

WRONG = (
    "docker-manifest-mislabelled", "oci-manifest-windows", "oci-index-lacking",
    "docker-list-fuzzy", "oci-index-empty",
)  # fmt: skip


@pytest.mark.usefixtures("with_skopeo")
def test_five_wrong_images_are_refused_together_and_no_layer_is_read(engine: Engine) -> None:
    made = {name: shape(name, contents=unseen) for name in WRONG}
    wants = [want(engine, publish(engine, made[name], f"{name}:1")) for name in WRONG]
    engine.registry.forget()
    begin = time.monotonic()
    with pytest.raises(ImagesRefusedError) as refused:
        settle(wants)
    assert time.monotonic() - begin < SOON
    reasons = str(refused.value).split("\n- ")[1:]
    assert [reason.partition(" ")[0] for reason in reasons] == [one.image for one in wants]
    layers = {b.digest for image in made.values() for p in image.walk() for b in p.blobs[1:]}
    asked = {request.path.rpartition("/")[2] for request in engine.registry_log()}
    assert not asked & layers


def test_missing_tag(engine: Engine) -> None:
    image = publish(engine, shape("oci-index-all"))
    assert f"{image}-none was not found" in refusal(engine, f"{image}-none", ImageNotFoundError)


def test_container_on_its_own_is_refused_the_same(engine: Engine) -> None:
    image = publish(engine, shape("oci-index-lacking"))
    assert ARM64 in refusal(engine, image, PlatformNotOfferedError)


def test_registry_wants_a_login(generation: Generation) -> None:
    image = publish(generation, shape("oci-index-all"))
    locked = image.replace(generation.registry.address, LOCKED_ADDRESS)
    assert f"{generation.kind} login" in refusal(generation, locked, ImageAccessError)
    generation.run(
        *("login", "--username", USER, "--password-stdin", LOCKED_ADDRESS), text=PASSWORD
    )
    try:
        assert content_of(generation, locked) == ARM64
    finally:
        generation.run("logout", LOCKED_ADDRESS)


def test_registry_serves_another_digest(generation: Generation) -> None:
    image = f"{FAULTY_ADDRESS}/other-digest@sha256:{'1' * 64}"
    refusal(generation, image, DigestMismatchError)


def test_schema_1(generation: Generation) -> None:
    refusal(generation, f"{FAULTY_ADDRESS}/schema1:1", SchemaOneImageError)


@pytest.mark.parametrize("fault", ["html", "nonsense"])
def test_registry_without_a_usable_answer(generation: Generation, fault: str) -> None:
    image = f"{FAULTY_ADDRESS}/{fault}:1"
    assert image in refusal(generation, image, PullError)


@pytest.mark.default_engines("docker20", "docker28-containerd")
@pytest.mark.parametrize("fault", ["status-429", "status-500"])
def test_registry_that_never_recovers(
    generation: Generation, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pauses are cut, as each is tried by a test of its own; podman makes some by itself."""
    for pauses in ("PAUSES", "BUSY_PAUSES"):
        monkeypatch.setattr(retry, pauses, (0.1, 0.2, 0.3))
    image = f"{FAULTY_ADDRESS}/{fault}:1"
    assert image in refusal(generation, image, PullError)


@pytest.mark.parametrize("what", ["manifests", "blobs"])
@pytest.mark.parametrize("fault", ["status-429", "status-502", "status-503", "reset"])
def test_what_passes_is_tried_again(generation: Generation, what: str, fault: str) -> None:
    image = publish(generation, shape("oci-index-all"), f"again-{what}-{fault}:1")
    name = image.rpartition("/")[2]
    faulty = f"{FAULTY_ADDRESS}/{what}-2-{fault}/{name}"
    assert content_of(generation, faulty) == ARM64


def test_what_never_answers_is_not_waited_for(
    generation: Generation, capfd: pytest.CaptureFixture[str]
) -> None:
    begin = time.monotonic()
    (planned,) = make_plan([want(generation, f"{FAULTY_ADDRESS}/hang:1")])
    assert time.monotonic() - begin < SOON
    assert planned.decision
    assert planned.decision.source is Source.UNSEEN
    assert f"Waiting for the registry of {FAULTY_ADDRESS}/hang:1" in capfd.readouterr().err


def test_no_registry_and_nothing_stored(engine: Engine) -> None:
    image = publish(engine, shape("oci-index-all"))
    with engine.registry_down():
        assert "connection refused" in refusal(engine, image, PullError)


# What is stored.


@pytest.mark.parametrize("name", ["oci-index-all", "docker-manifest"])
def test_once_online_then_without_a_registry(engine: Engine, name: str) -> None:
    image = publish(engine, shape(name))
    platforms = PLATFORMS if name == "oci-index-all" else (ARM64,)
    before = [content_of(engine, image, platform) for platform in platforms]
    with engine.registry_down():
        assert [content_of(engine, image, platform) for platform in platforms] == before
    assert before == list(platforms)


def moving(engine: Engine) -> tuple[str, list[Image]]:
    """An image that is the first of two, and both."""

    def content_marked(mark: str, platform: str) -> Content:
        of = tiny(platform)
        return replace(of, config={**of.config, "Env": [*of.config["Env"], f"MARK={mark}"]})

    made = [
        SHAPES["oci-index-one"].make(ARM64, functools.partial(content_marked, mark))
        for mark in ("1", "2")
    ]
    return publish(engine, made[0]), made


def mark_of(engine: Engine, image: str) -> str:
    """The mark of the content that a build in `image` gets."""
    with container(engine, image) as opened:
        return opened.call(["sh", "-c", "echo $MARK"], capture_output=True).strip()


def kept(engine: Engine) -> list[str]:
    names = engine.run("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    return [name for name in names if name.startswith("localhost/cibuildwheel")]


def test_moved_tag_is_what_it_says_now(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    image, (_, second) = moving(engine)
    first = mark_of(engine, image)
    publish(engine, second)
    now = mark_of(engine, image)
    assert now != first
    assert len(kept(engine)) == 1
    with engine.registry_down():
        capfd.readouterr()
        assert mark_of(engine, image) == now
    assert f"What was kept of {image} on 20" in capfd.readouterr().err


def test_what_the_user_has_goes_first_and_is_asked_for_when_it_is_gone(engine: Engine) -> None:
    image, (_, second) = moving(engine)
    first = mark_of(engine, image)
    engine.run("pull", f"--platform={ARM64}", image)
    publish(engine, second)
    assert mark_of(engine, image) == first
    engine.run("rmi", image)
    assert mark_of(engine, image) != first


def test_no_name_is_left_or_moved(engine: Engine) -> None:
    image = publish(engine, shape("docker-manifest"))
    assert content_of(engine, image) == ARM64
    names = engine.run("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    assert image not in names
    assert [name for name in names if ":<none>" not in name] == kept(engine)


@pytest.mark.parametrize("name", ["oci-index-one", "docker-manifest"])
def test_a_mended_image_is_used(engine: Engine, name: str) -> None:
    image = publish(engine, SHAPES[name].make(ARM64, lambda _: tiny("linux/s390x")))
    refusal(engine, image, ContentError)
    assert kept(engine) == []
    publish(engine, shape(name))
    assert content_of(engine, image) == ARM64
    assert len(kept(engine)) == 1


def test_clean_cache(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    image = publish(engine, shape("docker-manifest"))
    assert content_of(engine, image) == ARM64
    clean_images()
    assert f"Removed 1 image(s) that were kept in {engine.kind}." in capsys.readouterr().out
    assert engine.run("images", "--all", "--quiet") == ""


@pytest.mark.parametrize("policy", ["always", "newer", "missing", "never"])
def test_pull_in_create_args(engine: Engine, policy: str) -> None:
    image, (_, second) = moving(engine)
    for create_args in ((f"--pull={policy}",), ("--pull", policy)):
        with container(engine, image, create_args=create_args) as opened:
            assert content(opened) == ARM64
    first = mark_of(engine, image)
    engine.run("pull", f"--platform={ARM64}", image)
    publish(engine, second)
    with container(engine, image, create_args=(f"--pull={policy}",)) as opened:
        mark = opened.call(["sh", "-c", "echo $MARK"], capture_output=True).strip()
    assert (mark != first) == (policy in {"always", "newer"})
    with (
        engine.registry_down(),
        container(engine, image, create_args=(f"--pull={policy}",)) as opened,
    ):
        assert content(opened) == ARM64


def test_loaded_armv7l_image_needs_no_registry(engine: Engine) -> None:
    archive = io.BytesIO()
    image = "localhost/settle-armv7l:1"
    docker_archive(shape("docker-manifest", "linux/arm/v7"), image, archive)
    subprocess.run(
        [engine.kind, "load", "--quiet"], input=archive.getvalue(), check=True, capture_output=True
    )
    with engine.registry_down():
        assert content_of(engine, image, "linux/arm/v7") == "linux/arm/v7"
    engine.run("rmi", image)


# Options.


@pytest.mark.parametrize("value", ["linux/arm64", "linux/arm64/v8", "linux/amd64"])
def test_platform_in_create_args(
    engine: Engine, value: str, capfd: pytest.CaptureFixture[str]
) -> None:
    image = publish(engine, shape("oci-index-all"))
    with container(engine, image, create_args=("--platform", value)) as opened:
        assert content(opened) == ARM64
    warnings = capfd.readouterr().err.count("from create_args of container-engine is ignored")
    assert warnings == int(value == "linux/amd64")


def test_image_platform(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    image = publish(engine, shape("docker-manifest-mislabelled"))
    assert 'image-platform = "linux/amd64"' in refusal(engine, image, ImagePlatformError)
    capfd.readouterr()
    assert content_of(engine, image, label="linux/amd64") == ARM64
    said = f"{image} is used for {ARM64} though it is labelled linux/amd64"
    assert said in capfd.readouterr().err


# Shells that are gone.


def test_image_without_a_shell(engine: Engine) -> None:
    made = SHAPES["docker-manifest"].make("linux/amd64", without_a_shell)
    image = publish(engine, made)
    begin = time.monotonic()
    with (
        pytest.raises(ContainerExitedError, match="/bin/bash"),
        container(engine, image, "linux/amd64"),
    ):
        pass
    assert time.monotonic() - begin < SOON


def test_entrypoint_that_ends(engine: Engine) -> None:
    made = SHAPES["docker-manifest"].make(ARM64, entrypoint_that_ends)
    said = refusal(engine, publish(engine, made), ContainerExitedError)
    assert "the entrypoint ends" in said
    assert "it returned 3" in said


def test_shell_killed_midway(engine: Engine) -> None:
    image = publish(engine, shape("oci-index-all"))
    with container(engine, image) as opened:
        assert content(opened) == ARM64
        engine.run("kill", str(opened.name))
        begin = time.monotonic()
        with pytest.raises(ContainerExitedError, match="it returned 137"):
            opened.call(["true"])
        assert time.monotonic() - begin < SOON
