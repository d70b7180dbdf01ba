"""Bring into the engine what was decided, a few at once: all is there before a build starts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.engine.credentials import lacking_helper
from cibuildwheel.oci.engine.kept import forget, keep
from cibuildwheel.oci.engine.lists import id_of_list
from cibuildwheel.oci.engine.peek import shell_machine
from cibuildwheel.oci.engine.store import id_of, inspect, look, pull, stored
from cibuildwheel.oci.engine.undo import done, later
from cibuildwheel.oci.errors import ImageError
from cibuildwheel.oci.plan.choose import offered_as
from cibuildwheel.oci.plan.decide import Source
from cibuildwheel.oci.plan.planner import is_stored
from cibuildwheel.oci.plan.pulled import (
    by_name,
    check_pulled,
    is_unlabelled,
    name_of,
    pull_error,
    says_of_platform,
    stand_in,
)
from cibuildwheel.oci.plan.settled import Settled
from cibuildwheel.oci.wanted.kept import held_as
from cibuildwheel.oci.wanted.platform import wheel_architecture
from cibuildwheel.oci.wanted.reference import is_pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cibuildwheel.oci.engine.describe import Engine
    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.engine.store import Image
    from cibuildwheel.oci.image.stored import Stored
    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform

AT_ONCE = 3
_ONE_AT_A_TIME = Lock()
"""Held by who pulls a name of the user's that others may pull for another platform."""

Brought = dict[Settled, Settled | ImageError]


def bring(settled: Sequence[Settled]) -> Brought:
    """What becomes of each of `settled` when all that is not there yet is pulled.

    What no registry could be asked about comes first, as that may be refused; if it is, nothing
    else is pulled. Of that, what has one name comes one after the other: in most stores a tag
    stands for one platform at a time.
    """
    missing = [one for one in dict.fromkeys(settled) if one.decision.source is not Source.STORED]
    several = len(missing) > 1
    groups: dict[tuple[Address, str], list[Settled]] = {}
    for one in missing:
        if one.decision.source is Source.UNSEEN:
            groups.setdefault((one.engine.address, one.image), []).append(one)
    brought: Brought = {one: one for one in settled}
    try:
        with ThreadPoolExecutor(AT_ONCE) as executor:
            group_of = partial(_bring_unseen, brought, several=several)
            list(executor.map(group_of, groups.values()))
            if not any(isinstance(outcome, ImageError) for outcome in brought.values()):
                seen = [one for one in missing if one.decision.source is Source.PULLED]
                list(executor.map(partial(_bring_seen, brought, several=several), seen))
    except BaseException:
        release(*brought.values())
        raise
    return brought


def release(*settled: Settled | ImageError | None) -> None:
    """Let go of what is held for containers: what was proven is kept under another name."""
    for one in settled:
        if isinstance(one, Settled) and one.held:
            done((one.engine.address, one.held))
            forget(one.engine.address, one.held)


def _bring_seen(brought: Brought, settled: Settled, *, several: bool) -> None:
    brought[settled] = bring_seen(settled, several=several)


def bring_seen(settled: Settled, *, several: bool = False) -> Settled | ImageError:
    """`settled` with its content in the engine's store, by the digest that its registry told."""
    engine, decision = settled.engine, settled.decision
    asked = decision.platform or decision.want.platform
    label = _label(settled, several=several)
    answer = _pull(settled, asked, label)
    if is_unlabelled(answer):
        answer = _pull(settled, None, label)
    if not answer.ok:
        return _by_name(settled, answer, several=several) or _instead(settled, answer)
    try:
        have = check_pulled(decision, look(engine, [decision.name], decision.want.labels))
    except ImageError as error:
        return error
    return _ours(settled, have, name=have.name)


def _by_name(settled: Settled, answer: Answer, *, several: bool) -> Settled | None:
    """`settled` by the user's own name for it, where the pull by digest has ended with `answer`.

    A mirror may be for tags only (`pull-from-mirror` in containers-registries.conf(5)), and some
    registries give no manifest by its digest.
    """
    decision = by_name(settled.decision, answer)
    if decision is None:
        return None
    unseen, brought = replace(settled, decision=decision), Brought()
    with _ONE_AT_A_TIME:
        _bring_unseen(brought, [unseen], several=several)
    found = brought[unseen]
    if isinstance(found, ImageError):
        return None
    for note in decision.notes:
        log.warning(note)
    return found


def _bring_unseen(brought: Brought, group: Sequence[Settled], *, several: bool) -> None:
    """Put into `brought` what becomes of `group`, which is of one name in one engine.

    Afterwards the name means what it meant before, as it is the user's.
    """
    engine, name = group[0].engine, group[0].image
    before = _id(engine, name)
    failed: Answer | None = None
    for one in group:
        if failed:
            brought[one] = _instead(one, failed)
            continue
        answer, image = _pull_by_name(one, _label(one, several=several))
        brought[one] = _hold(one, answer, image) if answer.ok else _instead(one, answer)
        failed = answer if not (answer.ok or says_of_platform(answer)) else None
    if is_pinned(name) or _id(engine, name) == before:
        return
    if before:
        keep(engine.address, before, name)
    elif all(one.held for one in map(brought.get, group) if isinstance(one, Settled)):
        forget(engine.address, name)


def _pull_by_name(settled: Settled, label: str) -> tuple[Answer, Image]:
    """The answer to a pull, and the image that the engine has by that name then.

    It is pulled by each platform that it may be offered as, until there is one. What fails for all
    ends with the answer for the first.
    """
    engine, decision = settled.engine, settled.decision
    asked, *others = offered_as(decision.want)
    answer = _pull(settled, asked, label)
    for other in others:
        if answer.ok or not says_of_platform(answer):
            break
        again = _pull(settled, other, label)
        if again.ok and not _may_be(settled, other):
            break
        if again.ok or not says_of_platform(again):
            answer, asked = again, other
    image = _image(engine, name_of(decision, answer)) if answer.ok else {}
    if answer.ok and not image:  # another run has just let go of the name
        answer = _pull(settled, asked, label)
        image = _image(engine, name_of(decision, answer))
    return answer, image


def _pull(settled: Settled, platform: Platform | None, label: str) -> Answer:
    decision = settled.decision
    return pull(settled.engine, decision.name, platform, label, decision.want.pull.options)


def _may_be(settled: Settled, label: Platform) -> bool:
    """Whether what was pulled as `label` may be what is wanted: the user says so, or its shell.

    What an index offers beside it nobody could tell: the amd64 of several platforms is no i686.
    """
    want, name = settled.decision.want, settled.decision.name
    if want.label or label == want.platform:
        return True
    engine = settled.engine
    own = id_of(_image(engine, name)) if engine.pulls_to_create else name
    return shell_machine(engine.address, own, label) == wheel_architecture(want.platform)


def _hold(settled: Settled, answer: Answer, image: Image) -> Settled | ImageError:
    """`settled` as it was just pulled by its name, under a name that no other pull moves."""
    engine, decision = settled.engine, settled.decision
    images = {name_of(decision, answer): image}
    try:
        have = check_pulled(decision, stored(engine, images, decision.want.labels))
    except ImageError as error:
        return error
    held, own = held_as(decision.want), str(image["Id"])
    is_held = bool(held) and keep(engine.address, own, held)
    if is_held:  # the run may end before the container is made
        later((engine.address, held), partial(forget, engine.address, held))
    return replace(_ours(settled, have, name=own), held=held if is_held else "")


def _ours(settled: Settled, have: Stored, *, name: str) -> Settled:
    decision = replace(
        settled.decision,
        source=Source.STORED,
        name=name,
        platform=have.platform,
        digest=settled.decision.digest or have.digest,
    )
    return replace(settled, decision=decision, ours=True)


def _instead(settled: Settled, answer: Answer) -> Settled | ImageError:
    """What is used where a pull ended with `answer`; if nothing can be, the error that says why."""
    helper = lacking_helper(settled.engine.name, settled.decision.want.image)
    error = pull_error(settled.decision, answer, helper)
    instead = stand_in(settled.decision, error)
    # a pull that fails can move a tag, too
    if instead is None or not is_stored(settled.engine, instead):
        return error
    for note in instead.notes:
        log.warning(note)
    return replace(settled, decision=instead)


def _id(engine: Engine, name: str) -> str:
    """What `engine` has by `name`, a list of podman's or an image; `""` if nothing."""
    return id_of_list(engine, name) or id_of(_image(engine, name))


def _image(engine: Engine, name: str) -> Image:
    return inspect(engine.address, [name])[name]


def _label(settled: Settled, *, several: bool) -> str:
    """What tells the progress of one pull from that of others beside it."""
    want = settled.decision.want
    return f"{want.image} {want.platform}" if several else ""
