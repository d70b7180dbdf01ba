from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.engine import unstarted as module
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.engine.unstarted import unstarted
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import parse_platform
from unit_test.oci.samples import stand_in

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName


@pytest.mark.parametrize(
    ("engine", "trust", "unchecked"),
    [("docker", "1", True), ("docker", "0", False), ("docker", "", False), ("podman", "1", False)],
)
def test_nobody_is_asked_for_a_signature(
    engine: EngineName, trust: str, unchecked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[tuple[str, ...]] = []

    def change(*command: str) -> Answer:
        commands.append(command)
        return Answer(0, "", "")

    stand_in(monkeypatch, module, change)
    monkeypatch.setenv("DOCKER_CONTENT_TRUST", trust)
    with unstarted(Address(engine), "x:1", parse_platform("linux/arm64")) as (name, answer):
        assert answer.ok
    create, remove = commands
    assert create[:4] == (engine, "create", f"--name={name}", "--platform=linux/arm64")
    assert ("--disable-content-trust" in create) == unchecked
    assert create[-2:] == ("x:1", "/bin/true")
    assert remove == (engine, "rm", "--force", name)
