"""Have what the containers of a run need as `native-tools`. Loaded only where there are some."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.engine.store import environment_of
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native.environment import named_compiler
from cibuildwheel.oci.native.fetch import fetched
from cibuildwheel.oci.native.prepare import machine_of, prepare
from cibuildwheel.oci.native.uv import ask_image
from cibuildwheel.oci.native.wheel import uv
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.wanted.tools import CLANG, UV

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.plan.decide import Decision
    from cibuildwheel.oci.plan.plan import Planned
    from cibuildwheel.oci.plan.settled import Settled

AT_ONCE = 3


def with_compilers(plan: Iterable[Planned]) -> list[Planned]:
    """`plan` with what compilers the images name that are in their engines already."""
    return [
        replace(one, compiler=_compiler(one.engine, one.decision))
        if one.engine and one.decision and CLANG in one.tools
        else one
        for one in plan
    ]


def _compiler(engine: Engine, decision: Decision) -> str:
    if decision.source is not Source.STORED:
        return ""
    return named_compiler(environment_of(engine, decision.name, decision.platform))


def prepare_tools(plan: Iterable[Planned]) -> None:
    """Have all that can be had before an image is there. Raises NativeToolsError."""
    prepare((one.engine, one.want.platform, one.tools) for one in plan if one.engine and one.tools)


def with_uv(settled: Sequence[Settled]) -> list[Settled]:
    """`settled` with the version of uv of each that is to have it, which is fetched.

    Their images are in their engines. One that can't be asked keeps its own uv, with a warning.
    Raises NativeToolsError for one that has none, and for a uv that can't be had.
    """
    asked = [one for one in dict.fromkeys(settled) if UV in one.tools]
    with ThreadPoolExecutor(AT_ONCE) as executor:
        versions = executor.map(_ask, asked)
        known = {one: _with_version(one, said) for one, said in zip(asked, versions, strict=True)}
    return [known.get(one, one) for one in settled]


def _ask(settled: Settled) -> str | None:
    return ask_image(settled.engine, settled.image, settled.create_args, settled.cpu)


def _with_version(settled: Settled, version: str | None) -> Settled:
    image = settled.decision.want.image
    if version is None:
        log.warning(f"{image} could not be asked for its uv, which stays emulated.")
        return replace(settled, tools=tuple(tool for tool in settled.tools if tool != UV))
    if not version:
        msg = f"{image} has no uv, which native-tools would have run natively"
        fix = "Fix: Use an image that has uv on PATH, or leave uv out of native-tools."
        raise NativeToolsError(f"{msg}.\n{fix}")
    fetched(uv(version, machine_of(settled.engine)))
    return replace(settled, uv=version)
