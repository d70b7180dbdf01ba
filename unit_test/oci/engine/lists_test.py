from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cibuildwheel.oci.engine import lists as module
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.engine.lists import has_list, id_of_list, parse_list, read_list
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.wanted.platform import parse_platform
from unit_test.oci.samples import PODMANS, image, replay, samples, stand_in

if TYPE_CHECKING:
    from cibuildwheel.oci.engine.describe import Engine as Described

LIST = "localhost/own-list:1"
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def engine(store: Store = Store.PODMAN) -> Described:
    return Engine("podman", store, parse_platform("linux/amd64"), (5,))


@pytest.fixture(params=PODMANS)
def podman(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an engine that answers as it did."""
    stand_in(monkeypatch, module, replay(*samples(request.param, "own-list").values()))
    return str(request.param)


def test_what_is_stored_of_a_list(podman: str) -> None:
    (stored,) = read_list(engine(), LIST)
    images = json.loads(samples(podman, "own-list")["images"].answer.stdout)
    (own,) = (i["Id"] for i in images if image("oci-manifest") in (i.get("Names") or ()))
    assert (stored.name, str(stored.platform), stored.certain) == (own, "linux/arm64", True)
    created = samples(podman, "own-list")["create"].answer.stdout.strip()
    assert id_of_list(engine(), LIST) == created != own


def test_an_image_is_no_list(podman: str) -> None:
    assert podman
    name = image("oci-manifest")
    assert not has_list(engine(), name)
    assert read_list(engine(), name) == ()
    assert id_of_list(engine(), name) == ""


def test_docker_has_no_such_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ask", None)
    assert read_list(engine(Store.CONTAINERD), LIST) == ()
    assert id_of_list(engine(Store.CLASSIC), LIST) == ""


def test_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*command: str) -> Answer:
        return Answer(0 if "exists" in command else None, "", "no answer")

    monkeypatch.setattr(module, "ask", ask)
    assert read_list(engine(), LIST) == ()
    assert id_of_list(engine(), LIST) == ""


def test_entries() -> None:
    document = {
        "manifests": [
            {"digest": ONE, "platform": {"os": "linux", "architecture": "arm64"}},
            {"digest": TWO, "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": f"sha256:{'3' * 64}", "platform": {"os": "linux", "architecture": "386"}},
            {"digest": ONE},
        ]
    }
    images: list[dict[str, Any]] = [
        {"Id": "a", "Digest": ONE, "RepoDigests": None},
        {"Id": "b", "Digest": f"sha256:{'4' * 64}", "RepoDigests": [f"localhost/x@{TWO}"]},
    ]
    found = parse_list(json.dumps(document), images)
    assert [(one.name, str(one.platform)) for one in found] == [
        ("a", "linux/arm64"),
        ("b", "linux/amd64"),
    ]
    assert parse_list("no JSON", images) == ()
