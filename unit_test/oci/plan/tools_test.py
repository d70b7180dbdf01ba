"""The tools of a plan, with uv's edges in place: test/test_native.py has the real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.errors import ImagePlatformError, NativeToolsError
from cibuildwheel.oci.image.offer import NoAnswer
from cibuildwheel.oci.plan import tools
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.plan.settle import settle
from unit_test.oci.plan.world import AMD64, ARM64, ONE, World, single, want

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.native.gcc import Identity
    from cibuildwheel.oci.native.wheel import Wheel
    from cibuildwheel.oci.wanted.platform import Platform

VERSIONS = {"h.io/x:1": "0.13.9", "h.io/y:1": "0.4.0", "h.io/none:1": "", "h.io/silent:1": None}


class Edges:
    """What stands for the images and the package index, and keeps what they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fetched: list[str] = []
        self.gcc = ""

    def ask(
        self, _engine: Engine, image: str, args: Sequence[str], _question: str, _cpu: str = ""
    ) -> str | None:
        assert "--pull=never" in args
        self.asked.append(image)
        version = VERSIONS[image.removeprefix("id of ").partition(" ")[0]]
        return None if version is None else f"{self.gcc}uv {version}\n"

    def take(self, engine: Engine, image: str, _args: Sequence[str], own: Identity) -> str:
        return f"{engine.platform} {image} {own.version}"

    def environment(self, _engine: Engine, name: str, label: Platform | None) -> list[str]:
        assert label == ARM64
        return ["PATH=/bin", *(["CC=musl-gcc"] if "musl" in name else [])]

    def fetch(self, wheel: Wheel) -> None:
        self.fetched.append(f"{wheel.requirement} {wheel.machine}")


@pytest.fixture
def edges(world: World, monkeypatch: pytest.MonkeyPatch) -> Edges:
    edges = Edges()
    monkeypatch.setattr(tools, "prepare", list)
    monkeypatch.setattr(tools, "environment_of", edges.environment)
    monkeypatch.setattr(tools, "ask_image", edges.ask)
    monkeypatch.setattr(tools, "fetched", edges.fetch)
    monkeypatch.setattr(tools, "taken", edges.take)
    world.stored = dict.fromkeys(VERSIONS, ARM64)
    world.abilities = {ARM64: Ability.EMULATED}
    return edges


def test_each_image_is_asked_once(edges: Edges) -> None:
    first = replace(want(), tools=("clang", "uv"))
    second = replace(want("h.io/y:1", "another"), tools=("uv",))
    idle = replace(want(identifier="idle"), tools=("clang", "uv"), idle_tools=("uv",))
    settled = settle([first, second, first, idle, want()])
    assert [one.uv for one in settled] == ["0.13.9", "0.4.0", "0.13.9", "", ""]
    assert [one.tools for one in settled[2:]] == [("clang", "uv"), ("clang",), ()]
    assert sorted(edges.asked) == ["h.io/x:1", "h.io/y:1"]
    assert edges.fetched == ["uv==0.13.9 x86_64", "uv==0.4.0 x86_64"]


def test_nothing_is_asked_where_it_is_native(world: World, edges: Edges) -> None:
    world.abilities = {}
    world.stored["h.io/x:1"] = AMD64
    (settled,) = settle([replace(want(platform="linux/amd64"), tools=("uv",))])
    assert (settled.tools, settled.uv, edges.asked) == ((), "", [])


def test_one_without_uv_is_refused_and_let_go(world: World, edges: Edges) -> None:
    world.stored.clear()
    world.offers = {"h.io/none:1": NoAnswer("down")}
    world.pulls = {"h.io/none:1": ARM64}
    with pytest.raises(NativeToolsError, match=r"^h\.io/none:1 has no uv[^\n]*\nFix: Use an image"):
        settle([replace(want("h.io/none:1"), tools=("uv",))])
    assert not world.stored


def test_one_that_cannot_be_asked_keeps_its_own(
    edges: Edges, capsys: pytest.CaptureFixture[str]
) -> None:
    (settled,) = settle([replace(want("h.io/silent:1"), tools=("clang", "uv"))])
    assert (settled.tools, settled.uv, edges.fetched) == (("clang",), "", [])
    assert "h.io/silent:1 could not be asked for its uv" in capsys.readouterr().err


def test_an_image_that_names_a_compiler(world: World, edges: Edges) -> None:
    world.stored["h.io/musl:1"] = ARM64
    images = [replace(want(name), tools=("clang",)) for name in ("h.io/musl:1", "h.io/x:1")]
    assert [one.compiler for one in make_plan(images)] == ["CC=musl-gcc", ""]
    assert [one.tools for one in settle(images)] == [(), ("clang",)]
    # what is not there yet can't be asked
    world.stored.clear()
    world.offers = {"h.io/musl:1": single(ARM64)}
    assert [one.tools for one in settle(images[:1])] == [("clang",)]


GCC = "aarch64-linux-gnu\n14\nGNU C17 (x) version 14.2.0 (aarch64-linux-gnu)\nGNU assembler 2.44\n"


def test_gcc_of_an_image(world: World, edges: Edges) -> None:
    """Which is of the engine's own platform, settled once and before any other is pulled."""
    world.offers = {"h.io/gcc:1": single(AMD64)}
    edges.gcc = GCC
    wants = [
        replace(want(name), tools=("gcc=h.io/gcc:1", "uv")) for name in ("h.io/x:1", "h.io/y:1")
    ]
    settled = settle(wants)
    assert world.pulled == [f"h.io/gcc@{ONE} linux/amd64"]
    assert [one.gcc for one in settled] == [f"linux/amd64 h.io/gcc@{ONE} 14"] * 2
    assert [one.uv for one in settled] == ["0.13.9", "0.4.0"]


def test_an_image_without_gcc(world: World, edges: Edges) -> None:
    world.offers = {"h.io/gcc:1": single(AMD64)}
    with pytest.raises(NativeToolsError, match=r"h\.io/x:1 has no gcc that native-tools could"):
        settle([replace(want(), tools=("gcc=h.io/gcc:1",))])


def test_an_image_of_gcc_for_another_machine(world: World, edges: Edges) -> None:
    world.offers = {"h.io/gcc:1": single(ARM64), "h.io/z:1": single(ARM64)}
    with pytest.raises(ImagePlatformError, match="is a single image labelled linux/arm64"):
        settle([replace(want("h.io/z:1"), tools=("gcc=h.io/gcc:1",))])
    assert world.pulled == []
