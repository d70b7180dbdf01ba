from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel import oci_container
from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.plan import engines
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import parse_platform
from tools.matrix.drive import CHECK, config, learner

if TYPE_CHECKING:
    import pytest


def test_each_platform_of_an_engine_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, platform = object(), parse_platform("linux/arm64")
    described: list[object] = []
    tried: list[object] = []

    def describe(address: object) -> object:
        described.append(address)
        return engine

    def try_platforms(_: object, platforms: list[object]) -> list[Trial]:
        tried.extend(platforms)
        return [Trial(platform, Ability.EMULATED)]

    monkeypatch.setattr("cibuildwheel.oci.engine.describe.describe", describe)
    monkeypatch.setattr("cibuildwheel.oci.emulation.probe.try_platforms", try_platforms)
    checked: list[object] = []
    monkeypatch.setattr(oci_container, CHECK, checked.append)
    for name in ("describe", "try_platforms"):  # what is replaced is put back afterwards
        monkeypatch.setattr(engines, name, getattr(engines, name))

    learner()([{"engine": "docker", "platform": "linux/arm64"}] * 2)
    known = vars(engines)
    assert known["describe"](Address("docker")) is engine
    assert known["try_platforms"](engine, [platform])[0].ability is Ability.EMULATED
    check = vars(oci_container)[CHECK]
    check(config("docker"))
    assert (described, tried, len(checked)) == ([Address("docker")], [platform], 1)
