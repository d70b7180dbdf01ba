"""Have what the containers of a run need as `native-tools`. Loaded only where there are some."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from cibuildwheel.logger import log
from cibuildwheel.oci.engine.store import environment_of
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import gcc, uv, wheel
from cibuildwheel.oci.native.ask import ask_image
from cibuildwheel.oci.native.cross import taken
from cibuildwheel.oci.native.environment import named_compiler
from cibuildwheel.oci.native.fetch import fetched
from cibuildwheel.oci.native.prepare import machine_of, prepare
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.wanted.tools import CLANG, GCC, UV, gcc_image, name_of
from cibuildwheel.oci.wanted.want import Want

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.plan.decide import Decision
    from cibuildwheel.oci.plan.plan import Planned
    from cibuildwheel.oci.plan.settled import Settled
    from cibuildwheel.oci.wanted.address import Address

AT_ONCE = 3
# By where an engine is and the name of an image.
Crosses: TypeAlias = "dict[tuple[Address, str], Settled]"


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


def prepare_tools(
    plan: Sequence[Planned], settle: Callable[[Sequence[Want]], list[Settled]]
) -> Crosses:
    """Have all that can be had before an image is there; the images of gcc, which `settle` brings.

    Raises NativeToolsError, or what `settle` raises.
    """
    prepare((one.engine, one.want.platform, one.tools) for one in plan if one.engine and one.tools)
    images = {
        (one.engine.address, image): Want(
            one.engine.name, image, one.engine.platform, context=one.engine.address.context
        )
        for one in plan
        if one.engine and (image := gcc_image(one.tools))
    }
    return dict(zip(images, settle(list(images.values())) if images else [], strict=True))


def with_tools(settled: Sequence[Settled], crosses: Crosses) -> list[Settled]:
    """`settled` with what of its tools only its image tells: versions, and what is fetched for it.

    Their images are in their engines, and so are `crosses`. One that can't be asked keeps its own
    programs, with a warning. Raises NativeToolsError for one that has none, and for a program that
    can't be had.
    """
    asked = [one for one in dict.fromkeys(settled) if UV in one.tools or gcc_image(one.tools)]
    with ThreadPoolExecutor(AT_ONCE) as executor:
        answers = zip(asked, executor.map(_ask, asked), strict=True)
        known = {one: _with_uv(_with_gcc(one, said, crosses), said) for one, said in answers}
    return [known.get(one, one) for one in settled]


def _ask(settled: Settled) -> str | None:
    """What the image says of its gcc, where that is asked for, and of its uv."""
    question = f"{gcc.ASK}; {uv.ASK}" if gcc_image(settled.tools) else uv.ASK
    return ask_image(settled.engine, settled.image, settled.create_args, question, settled.cpu)


def _with_uv(settled: Settled, said: str | None) -> Settled:
    if UV not in settled.tools:
        return settled
    if said is None:
        return _without(settled, UV)
    version, image = uv.parse_version(said), settled.decision.want.image
    if not version:
        msg = f"{image} has no uv, which native-tools would have run natively"
        fix = "Fix: Use an image that has uv on PATH, or leave uv out of native-tools."
        raise NativeToolsError(f"{msg}.\n{fix}")
    fetched(wheel.uv(version, machine_of(settled.engine)))
    return replace(settled, uv=version)


def _with_gcc(settled: Settled, said: str | None, crosses: Crosses) -> Settled:
    cross = gcc_image(settled.tools)
    if not cross:
        return settled
    if said is None:
        return _without(settled, GCC)
    own, image = gcc.parse_identity(said), settled.decision.want.image
    if own is None:
        msg = f"{image} has no gcc that native-tools could have run natively"
        raise NativeToolsError(f"{msg}: {said.strip()}\nFix: Leave gcc out of native-tools.")
    its = crosses[settled.engine.address, cross]
    return replace(settled, gcc=str(taken(its.engine, its.image, its.create_args, own)))


def _without(settled: Settled, name: str) -> Settled:
    image = settled.decision.want.image
    log.warning(f"{image} could not be asked for its {name}, which stays emulated.")
    return replace(settled, tools=tuple(t for t in settled.tools if name_of(t) != name))
