"""The official images on real engines: with `--official`, on a machine with a network.

They are settled and opened by the fork as any other image; the content has to prove itself.
"""

import os

import pytest

from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.ports import PLATFORMS, port
from tools.lab import handlers
from tools.lab.engine import Engine
from tools.official import Official, official

pytestmark = [
    pytest.mark.default_engines("docker28-containerd", "podman5.8"),
    pytest.mark.timeout(1800),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # no skips by the dozen where nobody asks for gigabytes from the network
    wanted = metafunc.config.getoption("--official")
    platforms = metafunc.config.getoption("--platform") or PLATFORMS
    images = [image for image in official() if wanted and image.platform in platforms]
    metafunc.parametrize("image", images, ids=str)


def test_official_image(engine: Engine, image: Official, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := handlers.lacking(image.platform):
        pytest.skip(why)
    for name in os.environ.keys() - engine.env.keys():
        monkeypatch.delenv(name)
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    config = OCIContainerEngineConfig(engine.kind, disable_host_mount=True)
    platform = OCIPlatform(image.platform)
    with (
        engine.uplink(),
        OCIContainer(image=image.reference, oci_platform=platform, engine=config) as opened,
    ):
        machine = opened.call(["uname", "-m"], capture_output=True).strip()
    assert machine in {port(image.platform).machine, "armv8l"}
