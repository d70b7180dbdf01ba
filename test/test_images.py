"""The images are what they say: real engines run them, and a real registry gives them back."""

import io
import subprocess
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from tools.images.archive import docker_archive
from tools.images.manylinux import manylinux
from tools.images.musllinux import musllinux
from tools.images.ports import PLATFORMS, port
from tools.images.push import fetch, push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny, unseen


class Registry(Protocol):
    """What the fixture `registry` is, as far as these tests use it."""

    address: str

    def log(self) -> list[str]: ...


ANSWERS = {"linux/386": {"i686", "x86_64"}, "linux/arm/v7": {"armv7l", "armv8l"}}


def docker(*arguments: str, data: bytes | None = None) -> str:
    ran = subprocess.run(
        ["docker", *arguments], input=data, capture_output=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


@pytest.fixture
def container() -> Iterator[str]:
    """A name for a container, which is gone when the test is over."""
    name = f"test-images-{uuid.uuid4()}"
    yield name
    docker("rm", "--force", "--volumes", name)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_tiny_runs(platform: str, registry: Registry) -> None:
    image = SHAPES["oci-index-attested"].make(platform, tiny)
    reference = push(image, f"{registry.address}/tiny/{platform}:1")
    script = "uname -m; cat /etc/platform; which env; linux32 uname -m"
    said = docker("run", "--rm", f"--platform={platform}", reference, "/bin/bash", "-c", script)
    machine, content, env, _ = said.split()
    assert machine in ANSWERS.get(platform, {port(platform).machine})
    assert (content, env) == (platform, "/usr/bin/env")


@pytest.mark.parametrize("name", SHAPES)
def test_registry_gives_shape_back(name: str, registry: Registry) -> None:
    shape = SHAPES[name]
    image = shape.make(shape.platforms[-1], tiny)
    reference = f"{registry.address}/shapes/{name}:1"
    by_digest = push(image, reference)
    assert by_digest == f"{registry.address}/shapes/{name}@{image.digest}"
    for part in image.walk():
        named = reference if part is image else f"{registry.address}/shapes/{name}@{part.digest}"
        assert fetch(named, part.media_type) == (part.media_type, part.data)


def test_registry_logs_requests(registry: Registry) -> None:
    image = SHAPES["oci-index-one"].make("linux/amd64", tiny)
    push(image, f"{registry.address}/logged:1")
    puts = [line for line in registry.log() if '"PUT /v2/logged/manifests/' in line]
    assert len(puts) == 2


def test_blob_that_several_push_at_once_is_put_once(registry: Registry) -> None:
    image = SHAPES["docker-manifest"].make("linux/arm64", unseen)
    with ThreadPoolExecutor(4) as executor:
        list(executor.map(lambda n: push(image, f"{registry.address}/at-once:{n}"), range(4)))
    puts = [line for line in registry.log() if '"PUT /v2/at-once/blobs/' in line]
    assert len(puts) == len(image.blobs) == 4


def test_archive_is_loaded(container: str) -> None:
    image = SHAPES["docker-manifest"].make("linux/s390x", tiny)
    archive = io.BytesIO()
    docker_archive(image, f"localhost/{container}:1", archive)
    docker("load", data=archive.getvalue())
    try:
        said = docker("run", "--rm", "--pull=never", f"localhost/{container}:1")
    finally:
        docker("rmi", f"localhost/{container}:1")
    assert said.split() == ["s390x", "linux/s390x"]


def test_manylinux_python_is_compiled(registry: Registry, container: str) -> None:
    image = SHAPES["docker-manifest"].make("linux/arm64", manylinux)
    reference = push(image, f"{registry.address}/manylinux:1")
    script = """
        PATH=/opt/python/cp313-cp313/bin:$PATH
        which python pip
        python -c 'import sys, build, pip, setuptools; print(sys.prefix)'
        cc --version > /dev/null && patchelf --version > /dev/null && awk 'BEGIN {print "awk"}'
    """
    said = docker(
        *("run", "--name", container, "--platform=linux/arm64", reference),
        *("/bin/bash", "-e", "-c", script),
    )
    prefix = "/opt/python/cp313-cp313"
    assert said.split() == [f"{prefix}/bin/python", f"{prefix}/bin/pip", prefix, "awk"]
    changed = docker("diff", container).split()
    assert [path for path in changed if path.endswith(".pyc")] == []


def test_musllinux_python_is_on_musl(registry: Registry) -> None:
    image = SHAPES["docker-manifest"].make("linux/arm64", musllinux)
    reference = push(image, f"{registry.address}/musllinux:1")
    script = """
        PATH=/opt/python/cp313-cp313/bin:$PATH
        python -c 'import sysconfig, zlib; print(sysconfig.get_config_var("EXT_SUFFIX"))'
        python -c 'from packaging.tags import platform_tags; print(*platform_tags())'
        python -c 'from auditwheel.libc import Libc; print(Libc.detect())'
        echo 'int main(void) { return 0; }' | $CC -x c -o /tmp/program - && /tmp/program
        readelf --dynamic /tmp/program | grep NEEDED | tr -d []
    """
    said = docker(*("run", "--rm", "--platform=linux/arm64", reference, "/bin/bash", "-ec", script))
    suffix, *tags, libc, _, _, _, _, needed = said.split()
    assert suffix == ".cpython-313-aarch64-linux-musl.so"
    assert tags == [
        "linux_aarch64",
        "musllinux_1_2_aarch64",
        "musllinux_1_1_aarch64",
        "musllinux_1_0_aarch64",
    ]
    assert (libc, needed) == ("musl", "libc.musl-aarch64.so.1")
