"""A plan as a value, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cibuildwheel.ci import CIProvider
from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.errors import EmulationError, ImageNotFoundError, ImagesRefusedError
from cibuildwheel.oci.image.manifest import Shape
from cibuildwheel.oci.image.offer import Candidate, NoAnswer, NotFound, Offer
from cibuildwheel.oci.plan.as_json import as_json
from cibuildwheel.oci.plan.as_text import WIDTH, Style, fold, full, short, short_rows
from cibuildwheel.oci.plan.decide import Decision, Source
from cibuildwheel.oci.plan.plan import Planned, refusal
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, Platform, parse_platform
from cibuildwheel.oci.wanted.want import Want
from cibuildwheel.platforms.linux import all_python_configurations

if TYPE_CHECKING:
    from cibuildwheel.errors import FatalError

SCHEMA = jsonschema.Draft202012Validator(
    json.loads(
        Path(__file__).parents[3].joinpath("docs/container-plan.schema.json").read_text("utf-8")
    )
)
ONE = f"sha256:{'1' * 64}"
AMD64, ARM64 = map(parse_platform, ("linux/amd64", "linux/arm64"))
ENGINE = Engine("docker", Store.CLASSIC, AMD64, ())
IMAGE = "quay.io/pypa/manylinux_2_28_aarch64:2026.11.01-1"
PINNED = f"quay.io/pypa/manylinux_2_28_aarch64@{ONE}"
WANT = Want("docker", IMAGE, ARM64, ("cp312-manylinux_aarch64", "cp313-manylinux_aarch64"))
OFFER = Offer(Shape.OCI_INDEX, (Candidate(AMD64, ONE), Candidate(ARM64, ONE)))
PULLED = Planned(
    WANT,
    ENGINE,
    Trial(ARM64, Ability.EMULATED),
    OFFER,
    Decision(WANT, Source.PULLED, PINNED, ARM64, ONE, Shape.OCI_INDEX, size=98_765_432),
)
LOCAL = Planned(
    replace(WANT, platform=AMD64, identifiers=("cp313-manylinux_x86_64",)),
    ENGINE,
    Trial(AMD64, Ability.NATIVE),
    decision=Decision(WANT, Source.STORED, IMAGE, AMD64),
)
UNSEEN = replace(
    PULLED,
    answer=NoAnswer("time-out"),
    decision=Decision(WANT, Source.UNSEEN, IMAGE, ARM64, notes=("It is not known.",)),
)
MISSING = ImageNotFoundError("it was not found")
IMPOSSIBLE = EmulationError("it can't be run")
REFUSED = replace(PULLED, answer=NotFound("x"), decision=None, refusals=(MISSING,))
NO_HANDLER = replace(
    PULLED, trial=Trial(ARM64, Ability.NO_HANDLER, "exec format error"), refusals=(IMPOSSIBLE,)
)
NO_ENGINE = Planned(WANT, refusals=(EmulationError("no engine"),))


@pytest.mark.parametrize(
    ("refusals", "error", "message"),
    [
        ([], None, ""),
        ([()], None, ""),
        ([(MISSING,)], ImageNotFoundError, "it was not found"),
        ([(MISSING,), (), (MISSING,)], ImageNotFoundError, "it was not found"),
        (
            [(MISSING,), (IMPOSSIBLE, MISSING)],
            ImagesRefusedError,
            "The build can't start, for 2 reasons:\n- it was not found\n- it can't be run",
        ),
        (
            [(IMPOSSIBLE,), (EmulationError("nor that"),)],
            EmulationError,
            "The build can't start, for 2 reasons:\n- it can't be run\n- nor that",
        ),
    ],
)
def test_refusal(
    refusals: list[tuple[FatalError, ...]], error: type[FatalError] | None, message: str
) -> None:
    made = refusal(replace(PULLED, refusals=those) for those in refusals)
    assert type(made) is (error or type(None))
    assert str(made or "") == message


@pytest.mark.parametrize(
    ("identifiers", "folded"),
    [
        ((), "this container"),
        (("cp39-manylinux_s390x",), "cp39-manylinux_s390x"),
        (
            ("cp39-musllinux_i686", "cp310-musllinux_i686", "cp314t-musllinux_i686"),
            "cp39…cp314t-musllinux_i686 (3)",
        ),
    ],
)
def test_fold(identifiers: tuple[str, ...], folded: str) -> None:
    assert fold(identifiers) == folded
    assert fold(identifiers, unicode=False) == folded.replace("…", "...")


def test_full() -> None:
    table = full([LOCAL, PULLED, UNSEEN, NO_HANDLER, REFUSED, NO_ENGINE], Style())
    assert table.splitlines() == [
        "builds                             platform     runs        shape      verdict",
        "  image                                             digest        from",
        "cp313-manylinux_x86_64             linux/amd64  native      -          ok",
        f"  {IMAGE}  -             local",
        "cp312…cp313-manylinux_aarch64 (2)  linux/arm64  emulated    OCI index  ok",
        f"  {IMAGE}  111111111111  pull 98.8 MB",
        "cp312…cp313-manylinux_aarch64 (2)  linux/arm64  emulated    -          ok",
        f"  {IMAGE}  -             pull, checked afterwards",
        "cp312…cp313-manylinux_aarch64 (2)  linux/arm64  impossible  OCI index  refused",
        f"  {IMAGE}  111111111111  pull 98.8 MB",
        "cp312…cp313-manylinux_aarch64 (2)  linux/arm64  emulated    -          refused",
        f"  {IMAGE}  -             -",
        "cp312…cp313-manylinux_aarch64 (2)  linux/arm64  unknown     -          refused",
        f"  {IMAGE}  -             -",
        (
            "info: This docker engine (linux/amd64) emulates linux/arm64. "
            "A native runner is faster, and so is an"
        ),
        "engine on a native machine (docs/contexts.md).",
    ]
    assert full([], Style()) == "No container is needed."


def test_contexts_of_a_plan() -> None:
    arm = replace(
        LOCAL,
        want=replace(LOCAL.want, platform=ARM64, context="arm"),
        why="the first of default, arm that runs it natively",
    )
    near = replace(PULLED, want=replace(WANT, context="default"), engine=ENGINE)
    table = full([arm, near, PULLED], Style()).splitlines()
    assert table[0].split() == ["builds", "platform", "context", "runs", "shape", "verdict"]
    assert table[2].split()[1:4] == ["linux/arm64", "arm", "native"]
    assert table[4].split()[2:5] == ["linux/arm64", "default", "emulated"]
    assert table[6].split()[2:5] == ["linux/arm64", "-", "emulated"]
    assert table[8] == (
        "info: linux/arm64 is for docker context arm, "
        "the first of default, arm that runs it natively."
    )
    assert all(len(line) <= WIDTH for line in table)
    assert "  linux/arm64  arm  " in short([arm], Style())
    (container, *_) = json.loads(as_json([arm], Style()))["containers"]
    assert container["context"] == "arm"
    assert container["context_reason"] == arm.why


def test_short() -> None:
    assert short([LOCAL, PULLED, REFUSED], Style(provider=CIProvider.github_actions)) == (
        "Containers of this run:\n"
        "  cp313-manylinux_x86_64             linux/amd64  native    -          local\n"
        f'    manylinux-x86_64-image = "{IMAGE}"\n'
        "  cp312…cp313-manylinux_aarch64 (2)  linux/arm64  emulated  OCI index  pull 98.8 MB\n"
        f'    manylinux-aarch64-image = "{PINNED}"\n'
        "  cp312…cp313-manylinux_aarch64 (2)  linux/arm64  emulated  -          refused\n"
        "info: This docker engine (linux/amd64) emulates linux/arm64. "
        "A native runner is faster (runs-on: ubuntu-24.04-arm), "
        "and so is an engine on a native machine (docs/contexts.md).\n"
    )
    alone = replace(LOCAL, want=replace(WANT, identifiers=()))
    assert short([alone], Style()) == (
        f'Container:\n  this container  linux/arm64  native  -  local\n    "{IMAGE}"\n'
    )
    assert short([], Style()) == short_rows([], Style()) == ""


def test_native_tools() -> None:
    both = ("clang", "uv")
    emulated = replace(PULLED, want=replace(PULLED.want, tools=both))
    idle = replace(PULLED, want=replace(PULLED.want, tools=both, idle_tools=("uv",)))
    only_idle = replace(PULLED, want=replace(PULLED.want, tools=("uv",), idle_tools=("uv",)))
    native = replace(LOCAL, want=replace(LOCAL.want, tools=both, idle_tools=("uv",)))
    named = replace(emulated, compiler="CC=musl-gcc")
    plan = [emulated, native, emulated, PULLED, idle, only_idle, named]
    lines = [line for line in short(plan, Style()).splitlines() if "native-tools" in line]
    assert lines == [
        "info: clang, uv will run natively in linux/arm64 containers (native-tools).",
        "info: native-tools do nothing in linux/amd64 containers: those are not emulated.",
        "info: clang will run natively in linux/arm64 containers (native-tools).",
        f"info: native-tools: uv does nothing for {PULLED.want}: no frontend uses it.",
        "info: uv will run natively in linux/arm64 containers (native-tools).",
        f"info: native-tools: clang does nothing for {PULLED.want}: its image sets CC=musl-gcc.",
    ]
    document = json.loads(as_json(plan, Style()))
    SCHEMA.validate(document)
    told = [one["native_tools"] for one in document["containers"]]
    assert told == [["clang", "uv"], [], ["clang", "uv"], [], ["clang"], [], ["uv"]]


def test_color_is_all_that_it_adds() -> None:
    plan = [LOCAL, PULLED, NO_HANDLER]
    colored = full(plan, Style(color=True))
    plain = full(plan, Style())
    for code in ("\033[1m", "\033[31m", "\033[32m", "\033[33m"):
        assert code in colored
        colored = colored.replace(code, "")
    assert colored.replace("\033[0m", "") == plain


IDENTIFIERS = [config.identifier for config in all_python_configurations()]
PLATFORMS = [Platform("linux", *names) for names in WHEEL_ARCHITECTURES.values()]


@st.composite
def planned(draw: st.DrawFn) -> Planned:
    ids = draw(st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=12))
    want = Want("docker", draw(st.text("a/.:1", min_size=1, max_size=250)),
                draw(st.sampled_from(PLATFORMS)), tuple(ids))  # fmt: skip
    shape = draw(st.sampled_from([None, *Shape]))
    source, size = draw(st.sampled_from(Source)), draw(st.integers(0, 99_999_999_999))
    decision = Decision(want, source, "x", want.platform, shape=shape, size=size)
    return Planned(
        want,
        ENGINE,
        Trial(want.platform, draw(st.sampled_from(Ability))),
        decision=draw(st.sampled_from([None, decision])),
        refusals=draw(st.sampled_from([(), (MISSING,), (IMPOSSIBLE, MISSING)])),
    )


@settings(deadline=None)
@given(st.lists(planned(), max_size=9))
def test_no_line_of_the_table_is_too_long(plan: list[Planned]) -> None:
    table = full(plan, Style()).splitlines()
    assert max(map(len, table)) <= WIDTH
    assert len(table) >= 2 * len(plan)
    for one in plan:
        assert one.want.image in "".join(line.removeprefix("  ") for line in table)


@settings(deadline=None)
@given(st.lists(planned(), max_size=9))
def test_json_is_as_its_schema_says(plan: list[Planned]) -> None:
    text = as_json(plan, Style())
    assert text == as_json(plan, Style())
    SCHEMA.validate(json.loads(text))


def test_json() -> None:
    plan = [LOCAL, PULLED, UNSEEN, NO_HANDLER, REFUSED, NO_ENGINE]
    document = json.loads(as_json(plan, Style(provider=CIProvider.github_actions)))
    SCHEMA.validate(document)
    containers = document.pop("containers")
    assert document == {"version": 1, "ok": False, "exit_code": 30}
    assert containers[1] == {
        "identifiers": ["cp312-manylinux_aarch64", "cp313-manylinux_aarch64"],
        "architecture": "aarch64",
        "platform": "linux/arm64",
        "engine": "docker",
        "context": None,
        "context_reason": None,
        "engine_platform": "linux/amd64",
        "execution": "emulated",
        "native_tools": [],
        "native_runner": "ubuntu-24.04-arm",
        "image": IMAGE,
        "option": "manylinux-aarch64-image",
        "shape": "application/vnd.oci.image.index.v1+json",
        "digest": ONE,
        "pinned": PINNED,
        "source": "pull",
        "size": 98_765_432,
        "offered": ["linux/amd64", "linux/arm64"],
        "ok": True,
        "warnings": [],
        "refusals": [],
    }
    told = [[c[key] for key in ("execution", "source", "native_runner", "ok")] for c in containers]
    assert told == [
        ["native", "local", None, True],
        ["emulated", "pull", "ubuntu-24.04-arm", True],
        ["emulated", "pull-unchecked", "ubuntu-24.04-arm", True],
        ["impossible", "pull", "ubuntu-24.04-arm", False],
        ["emulated", None, "ubuntu-24.04-arm", False],
        ["unknown", None, "ubuntu-24.04-arm", False],
    ]
    assert containers[2]["warnings"] == ["It is not known."]
    assert containers[4]["refusals"] == [
        {"error": "ImageNotFoundError", "exit_code": 23, "message": "it was not found"}
    ]


@pytest.mark.parametrize("broken", [{"version": 2}, {"containers": [{}]}, {"ok": "yes"}])
def test_schema_refuses(broken: dict[str, object]) -> None:
    document = {**json.loads(as_json([PULLED], Style())), **broken}
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(document)


def test_untried_platform_is_a_warning() -> None:
    untried = replace(PULLED, trial=Trial(ARM64, Ability.UNKNOWN, "load is forbidden"))
    assert untried.warnings == (
        "Whether docker can run linux/arm64 could not be tried: load is forbidden",
    )
