from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine.clients import Client, complaint
from cibuildwheel.oci.engine.credentials import lacking_helper
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.image.offer import NoAnswer, NotFound
from cibuildwheel.oci.wanted.reference import parse_reference

if TYPE_CHECKING:
    from pathlib import Path

STORE = '{"credsStore": "there"}'
HELPERS = '{"credHelpers": {"host:5000": "none"}, "credsStore": "there"}'
BUILDX = Client(("docker", "buildx", "imagetools", "inspect", "--raw"))
HELPER_SAYS = "/usr/bin/docker-credential-ecr: 2: exec: aws: not found"


@pytest.mark.parametrize(
    ("config", "image", "lacking"),
    [
        (STORE, "host:5000/x:1", ""),
        (STORE.replace("there", "none"), "host:5000/x:1", "docker-credential-none"),
        (HELPERS, "host:5000/x:1", "docker-credential-none"),
        (HELPERS, "other/x:1", ""),
        (HELPERS, "x:1", ""),
        (
            HELPERS.replace("host:5000", "https://index.docker.io/v1/"),
            "x",
            "docker-credential-none",
        ),
        ('{"credsStore": ""}', "x", ""),
        ("{}", "x", ""),
        ("[]", "x", ""),
        ("nonsense", "x", ""),
        (STORE.replace("there", "none"), "No Name", ""),
    ],
)
def test_lacking_helper(
    config: str, image: str, lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text(config)
    there = tmp_path / "docker-credential-there"
    there.write_text("#!/bin/sh\n")
    there.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert lacking_helper("docker", image) == lacking
    assert lacking_helper("podman", image) == ""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "none"))
    assert lacking_helper("docker", image) == ""


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (
            f"{HELPER_SAYS}\nERROR: error getting credentials - err: exit status 127, out: ``",
            NoAnswer,
        ),
        (f"{HELPER_SAYS}\nERROR: failed to authorize: 401 Unauthorized", NoAnswer),
        (
            "ERROR: error getting credentials - err: exit status 1, out: `sh: aws: not found`",
            NoAnswer,
        ),
        ("ERROR: host:5000/x:1: not found", NotFound),
        # the tag is there
        ("ERROR: content at http://h/v2/x/manifests/sha256:1 not found: not found", NoAnswer),
    ],
)
def test_a_program_that_is_not_found_is_no_image(
    said: str, kind: type[NoAnswer | NotFound]
) -> None:
    """The program's own words come before the client's (seen with buildx and skopeo)."""
    assert isinstance(complaint(BUILDX, Answer(1, "", said), parse_reference("x")), kind)
