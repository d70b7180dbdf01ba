"""Engines behind a real sshd, with its defaults and 0.4 seconds away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation import probe
from cibuildwheel.oci.engine import retry
from cibuildwheel.oci.engine.store import inspect
from cibuildwheel.oci.errors import EngineUnusableError
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.plan.settle import settle
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from tools.images.ports import PLATFORMS
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.lab import handlers
from tools.lab.generation import Generation
from tools.lab.plugin import use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cibuildwheel.oci.plan.plan import Planned
    from tools.lab.engine import Engine
    from tools.lab.ssh import Sshd

PLATFORM = "linux/amd64"
DELAY = 0.4
IMAGES = 14
# The most connections that the plan of one image for all platforms may make. The eight commands of
# Docker make 11, as `run` makes three or four; podman's make two each and more, and seven of them
# ask whether it has a list of that name.
MOST = {"docker": 14, "podman": 40}


@dataclass(frozen=True)
class Far:
    """An engine behind `sshd`, and images that it has and no registry."""

    sshd: Sshd
    wants: list[Want]


@pytest.fixture
def generation(engine: Engine) -> Generation:
    """The engine, which has to be one of root's in the lab."""
    if not isinstance(engine, Generation) or engine.spec.rootless:
        pytest.skip(f"{engine.name} is no engine of root's in the lab")
    return engine


@pytest.fixture
def far(generation: Generation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    """The engine as this process uses it now."""
    image = SHAPES["docker-manifest"].make(PLATFORM, tiny)
    push(image, f"{generation.push_address}/ssh:1")
    there = f"{generation.registry.address}/ssh:1"
    generation.run("pull", f"--platform={PLATFORM}", there)
    names = [f"{generation.registry.address}/ssh-{number}:1" for number in range(IMAGES)]
    for name in names:
        generation.run("tag", there, name)
    with generation.over_ssh(DELAY) as (sshd, environment):
        use(environment, monkeypatch)
        yield Far(sshd, [Want(generation.kind, name, parse_platform(PLATFORM)) for name in names])


@pytest.mark.default_engines("podman5.4")
def test_what_is_stored_is_found(generation: Generation, far: Far) -> None:
    settled = settle(far.wants)
    assert [one.image for one in settled] == [want.image for want in far.wants]
    assert {one.decision.source for one in settled} == {Source.STORED}
    assert not [request for request in generation.registry_log() if "/ssh-" in request.path]
    assert "Accepted publickey" in far.sshd.log()
    assert "drop connection" not in far.sshd.log()


@pytest.mark.default_engines("docker28-containerd", "podman5.4")
def test_a_plan_makes_few_connections(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking := [why for platform in PLATFORMS if (why := handlers.lacking(platform))]:
        pytest.skip(lacking[0])
    monkeypatch.setattr(probe, "RUN_SECONDS", 120.0)  # else a busy machine's trials are repeated
    push(SHAPES["oci-index-all"].make(PLATFORM, tiny), f"{generation.push_address}/ssh-all:1")
    image = f"{generation.registry.address}/ssh-all:1"
    wants = [Want(generation.kind, image, parse_platform(platform)) for platform in PLATFORMS]
    with generation.remote() as environment, monkeypatch.context() as patched:
        use(environment, patched)
        make_plan(wants)  # as the next finds what has been read
        _, by_socket = timed_plan(wants)
    with generation.over_ssh(0) as (sshd, environment):
        use(environment, monkeypatch)
        before = sshd.log().count("Accepted publickey")  # of the tests before
        plan, by_ssh = timed_plan(wants)
        connections = sshd.log().count("Accepted publickey") - before
        assert "drop connection" not in sshd.log()
    print(f"{by_socket:.1f} s by the socket, {by_ssh:.1f} s by {connections} connections of ssh")
    assert not [one for one in plan if one.refusals or not one.decision]
    assert 0 < connections <= MOST[generation.kind]


def timed_plan(wants: list[Want]) -> tuple[list[Planned], float]:
    begin = time.monotonic()
    return make_plan(wants), time.monotonic() - begin


@pytest.mark.default_engines("docker28-containerd")
def test_what_is_turned_away_is_asked_again(far: Far) -> None:
    far.sshd.close()
    with ThreadPoolExecutor() as executor:
        settled = executor.submit(settle, far.wants[:1])
        time.sleep(1.5)
        far.sshd.open()
        (one,) = settled.result()
    assert one.decision.source is Source.STORED


@pytest.mark.default_engines("docker28-containerd")
def test_what_could_not_be_asked_is_not_missing(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PAUSES", (0.2,))
    far.sshd.close()
    with pytest.raises(EngineUnusableError, match="MaxStartups"):
        inspect(far.wants[0].address, [far.wants[0].image])
