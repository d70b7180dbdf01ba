from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.wanted.name import ONLY_PODMAN, UPPER_CASE, corrected, doubt, mistake

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName

A = "a" * 64


@pytest.mark.parametrize("engine", ["docker", "podman"])
@pytest.mark.parametrize(
    "name",
    [
        "debian",
        "ghcr.io/my-org/img:Tag_1.0",
        "HOST.example:5000/x",
        "localhost/x:1",
        "[::1]:5000/x:1",
        f"x:1@sha256:{A}",
        f"x@sha512:{A}{A}",
        A,
        f"sha256:{A}",
        "abcdef012345",
        "MyOrg/img:1",
        "docker:latest",
    ],
)
def test_no_mistake(name: str, engine: EngineName) -> None:
    assert mistake(name, engine) == ""


# What both engines of every generation refuse, seen.
@pytest.mark.parametrize(
    ("name", "what", "meant"),
    [
        ("ghcr.io/MyOrg/Img:Tag", "has upper case before its tag", "ghcr.io/myorg/img:Tag"),
        ("localhost:5000/A", "has upper case before its tag", "localhost:5000/a"),
        ("Img:1", "has upper case before its tag", "img:1"),
        ("https://ghcr.io/x/y:1", "has a scheme, as an address for browsers", "ghcr.io/x/y:1"),
        ("http://MyReg/X:1", "has a scheme, as an address for browsers", "myreg/x:1"),
        ("'ghcr.io/x:1'", "has quotes around it", "ghcr.io/x:1"),
        (f"x@sha256:{A.upper()}", f"has no digest after the @: 'sha256:{A.upper()}' is none",
         f"x@sha256:{A}"),
        ("x@sha256:abc", "has no digest after the @: 'sha256:abc' is none", ""),
        ("x:1@", "has no digest after the @: '' is none", ""),
        ("img:${TAG}", "holds ${TAG}, which nothing has filled in", ""),
        ("$IMAGE", "holds $IMAGE, which nothing has filled in", ""),
        ("ghcr.io/${{ github.repository }}:1",
         "holds ${{ github.repository }}, which nothing has filled in", ""),
        ("x:$(tag)", "holds $(tag), which nothing has filled in", ""),
        ("x:%TAG%", "holds %TAG%, which nothing has filled in", ""),
        ("{{ matrix.image }}", "holds {{ matrix.image }}, which nothing has filled in", ""),
        ("img:", "has an empty tag", ""),
        (f"img:@sha256:{A}", "has an empty tag", ""),
        ("my img:1", "has white space in it", ""),
        ("img:1\nimg:2", "has white space in it", ""),
        ("", "is empty", ""),
        ("img:feature/x", "is no name of an image", ""),
        ("img:1:2", "is no name of an image", ""),
        (f"img:{'a' * 129}", "is no name of an image", ""),
        ("/img:1", "is no name of an image", ""),
        ("a//b:1", "is no name of an image", ""),
        ("img:é", "is no name of an image", ""),
    ],
)  # fmt: skip
def test_mistakes(name: str, what: str, meant: str) -> None:
    assert mistake(name, "docker") == what
    assert mistake(name, "podman") == what
    assert corrected(name) == meant


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("oci-archive:/tmp/x.tar", "is a name that only podman knows"),
        ("containers-storage:localhost/x:1", "is a name that only podman knows"),
        ("docker-archive:x.tar:x:1", "is a name that only podman knows"),
        ("docker://ghcr.io/x:1", "is a name that only podman knows"),
        ("dir:/x", "is a name that only podman knows"),
        ("oci:1", ""),
    ],
)
def test_names_that_only_podman_knows(name: str, what: str) -> None:
    assert mistake(name, "docker") == what
    assert mistake(name, "podman") == ""


def test_a_registry_is_no_transport_to_docker() -> None:
    assert corrected("docker://ghcr.io/X:1") == "ghcr.io/x:1"
    assert corrected("oci-archive:/tmp/x.tar") == ""


@pytest.mark.parametrize(
    ("name", "engine", "what"),
    [
        ("MyOrg/img:1", "docker", UPPER_CASE),
        ("MyOrg/img:1", "podman", UPPER_CASE),
        ("myorg/img:1", "docker", ""),
        ("MyOrg.example/img:1", "docker", ""),
        ("MyHost:5000/img:1", "podman", ""),
        ("localhost/img:1", "docker", ""),
        ("Img:1", "docker", ""),
        ("oci-archive:x.tar", "docker", ONLY_PODMAN),
        ("oci-archive:x.tar", "podman", ""),
        ("docker:latest", "docker", ""),
    ],
)
def test_doubt(name: str, engine: EngineName, what: str) -> None:
    assert doubt(name, engine) == what
