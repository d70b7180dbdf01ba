from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import kept as module
from cibuildwheel.oci.engine.kept import clean_images, list_kept
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.wanted.address import Address
from unit_test.oci.samples import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = ["localhost/cibuildwheel:x-1-linux-arm64", "localhost/cibuildwheel:x-1.20261124.1"]


class Engines:
    """Engines that have images, in place of the edge; keeps what was changed in them."""

    def __init__(self, **images: Mapping[str, list[str]]) -> None:
        self.images = images
        self.changed: list[tuple[str, ...]] = []

    def ask(self, engine: str, _: str, verb: str, *rest: str) -> Answer:
        images = self.images.get(engine)
        if images is None:
            return Answer(1, "", "Cannot connect")
        if verb == "ls":
            return Answer(0, "".join(f"{tag}\n" for tags in images.values() for tag in tags), "")
        found = [(image, tags) for image, tags in images.items() if rest[-1] in tags]
        told = "".join(f"{image} {json.dumps(tags)}\n" for image, tags in found)
        return Answer(0 if found else 1, told, "")

    def change(self, *command: str) -> Answer:
        self.changed.append(command)
        return Answer(0, "", "")


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    made = Engines()
    monkeypatch.setattr("shutil.which", lambda name: name)
    for edge in ("ask", "change"):
        monkeypatch.setattr(module, edge, whole(getattr(made, edge)))
    monkeypatch.setattr(module, "glance", whole(made.ask))
    return made


def test_only_ours_are_listed(engines: Engines) -> None:
    # podman tells all names of an image that has one of ours
    engines.images = {"podman": {"1": [OURS[0], "h.io/x:1"], "2": ["localhost/cibuildwheel-x:1"]}}
    assert list_kept(Address("podman")) == OURS[:1]
    assert list_kept(Address("docker")) == []


def test_clean(engines: Engines, capsys: pytest.CaptureFixture[str]) -> None:
    engines.images = {
        "docker": {"sha256:1": [*OURS, f"h.io/x@sha256:{'1' * 64}"]},
        "podman": {"1": [OURS[0]], "2": [OURS[1], "h.io/x:1"]},
    }
    clean_images()
    assert engines.changed == [
        ("docker", "rmi", "--force", "sha256:1"),
        ("docker", "rmi", "--force", "sha256:1"),
        ("podman", "rmi", "--force", "1"),
        ("podman", "rmi", OURS[1]),
    ]
    assert capsys.readouterr().out.splitlines() == [
        "Removed 2 image(s) that were kept in docker.",
        "Removed 2 image(s) that were kept in podman.",
    ]


def test_an_engine_that_is_not_there_or_not_up_has_nothing_to_clean(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clean_images()
    monkeypatch.setattr("shutil.which", lambda _: None)
    clean_images()
    assert engines.changed == []
    assert capsys.readouterr().out == ""
