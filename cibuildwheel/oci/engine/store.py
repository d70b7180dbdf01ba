"""What an engine has stored, for a name and the platforms that it may be labelled with."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from cibuildwheel.logger import log
from cibuildwheel.oci.engine.describe import INSPECT_PLATFORM_API, Engine, Store
from cibuildwheel.oci.engine.lists import read_list
from cibuildwheel.oci.engine.process import Answer, follow
from cibuildwheel.oci.engine.reach import LOST, ask, check_reached, lost
from cibuildwheel.oci.engine.retry import persist
from cibuildwheel.oci.engine.ticking import PULL_SECONDS, ticking
from cibuildwheel.oci.engine.unstarted import unstarted
from cibuildwheel.oci.image.manifest import parse_platform_object
from cibuildwheel.oci.image.stored import Stored
from cibuildwheel.oci.wanted.reference import is_pinned, parse_reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform

    Image = dict[str, Any]

STRICT_PODMAN = (5,)


def look(
    engine: Engine, names: Sequence[str], labels: Sequence[Platform], origin: str = ""
) -> tuple[Stored, ...]:
    """What `engine` has under each of `names`: `stored` of what it tells now."""
    return stored(engine, inspect(engine.address, names), labels, origin)


def inspect(engine: Address, names: Sequence[str]) -> dict[str, Image]:
    """What `engine` tells of the image of each of `names`, in order; {} for none.

    All are asked for by one command, whatever store the engine has, and each by its own where that
    does not tell which is which. No registry is asked. As all that asks the engine here, it raises
    EngineUnusableError or EngineTooOldError where that gives no answer.
    """
    found = parse_several(names, ask(engine, "image", "inspect", *names))
    if found is not None:
        return found
    with ThreadPoolExecutor() as executor:
        answers = executor.map(lambda name: ask(engine, "image", "inspect", name), names)
        return dict(zip(names, map(parse_inspect, answers), strict=True))


def stored(
    engine: Engine, images: Mapping[str, Image], labels: Sequence[Platform], origin: str = ""
) -> tuple[Stored, ...]:
    """What `engine` has, as far as someone who wants `labels` may use it; `images` by `inspect`.

    On a store with one platform for a name that is whatever it is; on containerd's, each of
    `labels` that is there, or else one that is. Nothing is pulled.

    `origin`, or else the first name, is what the image is called where it comes from: digests are
    that repository's.
    """
    find = _many if engine.store is Store.CONTAINERD else _one
    origin = origin or next(iter(images))
    with ThreadPoolExecutor() as executor:
        found = executor.map(lambda name: find(engine, name, images[name], origin, labels), images)
        return tuple(chain.from_iterable(found))


def pull(
    engine: Engine,
    name: str,
    platform: Platform | None,
    label: str = "",
    options: Sequence[str] = (),
) -> Answer:
    """Pull `name` for `platform`, or whatever it is, by `options`, and tell the progress.

    `label` comes before each line of that. What fails at something that passes is pulled again
    after a while. On podman's stdout are the ids of what came.
    """
    keep_stdout = engine.store is Store.PODMAN
    command = (
        *engine.address.command,
        "pull",
        *([f"--platform={platform}"] if platform else []),
        *options,
        name,
    )
    # on a terminal Docker draws a picture of it
    silent = nullcontext() if sys.stdout.isatty() else ticking(f"Pulling {name}", PULL_SECONDS)
    with silent:
        return persist(
            lambda: follow(*command, label=label, keep_stdout=keep_stdout),
            lambda answer: "" if answer.ok else lost(answer) or answer.complaint,
            lambda said, seconds: log.quiet(
                f"{said}\n{name} is pulled again in {seconds:.0f} seconds."
            ),
        )


def parse_several(names: Sequence[str], answer: Answer) -> dict[str, Image] | None:
    """What `image inspect` tells of each of `names`; None if some may be there, and others not.

    What was lost on the way counts as that.
    """
    if len(names) == 1:
        return {names[0]: parse_inspect(answer)}
    images = _parse_images(answer.stdout)
    if answer.ok and len(images) == len(names):
        return dict(zip(names, images, strict=True))
    missed = all(name in answer.stderr for name in names)
    if images or answer.ok or not missed or LOST.search(answer.stderr.lower()):
        return None
    return {name: {} for name in names}


def parse_inspect(answer: Answer) -> Image:
    """The one image that `image inspect` describes; empty if there is none."""
    images = _parse_images(answer.stdout) if answer.ok else []
    return images[0] if images else {}


def _parse_images(document: str) -> list[Image]:
    try:
        images = json.loads(document)
    except ValueError:
        return []
    described = isinstance(images, list) and all(isinstance(image, dict) for image in images)
    return images if described else []


def environment_of(engine: Engine, name: str, label: Platform | None) -> list[str]:
    """What the stored image `name`, labelled so, sets as `NAME=value`; empty if it is not told."""
    told_apart = engine.store is Store.CONTAINERD and engine.api >= INSPECT_PLATFORM_API
    of = [f"--platform={label}"] if label and told_apart else []
    image = parse_inspect(ask(engine.address, "image", "inspect", *of, name))
    config = image.get("Config")
    return list(map(str, (config.get("Env") if isinstance(config, dict) else None) or []))


def id_of(image: Image) -> str:
    """The id of what `image inspect` describes; `""` if that is nothing."""
    return str(image.get("Id", ""))


def is_named_by_id(name: str, image: Image) -> bool:
    """Whether `name`, which an engine has `image` under, is the image's id or the begin of it."""
    if (
        not str(image.get("Id", ""))
        .removeprefix("sha256:")
        .startswith(name.removeprefix("sha256:"))
    ):
        return False
    tags = (str(tag).rpartition(":")[0] for tag in image.get("RepoTags") or ())
    return all(tag.rpartition("/")[2] != name for tag in tags)


def parse_stored(name: str, origin: str, image: Image, store: Store) -> Stored | None:
    """The image of `image inspect`; None if it says nothing of its platform.

    Docker's containerd store can answer for a platform that it does not have, with an empty `Os`
    and `Architecture` (seen in 29.1.2). Of an image that claims no architecture there is an `Os`.
    Podman names no variant.
    """
    fields = {key: image.get(key.capitalize()) for key in ("os", "architecture", "variant")}
    platform = parse_platform_object(fields)
    if platform is None and (not fields["os"] or fields["architecture"]):
        return None
    certain = store is not Store.PODMAN or platform is None or platform.architecture != "arm"
    return Stored(name, platform, certain, _digest(origin, image))


def _digest(origin: str, image: Image) -> str:
    """The digest that the repository of `origin` knows it by, if the engine remembers one."""
    try:
        repository = parse_reference(origin).name
    except ValueError:
        return ""
    known = (str(digest).partition("@") for digest in image.get("RepoDigests") or ())
    return next((digest for named, _, digest in known if named == repository), "")


def _one(
    engine: Engine, name: str, image: Image, origin: str, labels: Sequence[Platform]
) -> tuple[Stored, ...]:
    have = parse_stored(name, origin, image, engine.store)
    is_users = name == origin and not is_pinned(name)
    if is_users and not (have and have.platform in labels[:1]):
        listed = read_list(engine, name)
        if listed or have is None:
            return listed
    if have is None:
        return ()
    if have.certain or have.platform is None:
        return (have,)
    of = have.platform
    variants = [label for label in labels if _differ_by_variant(label, of)]
    if not variants:
        return (have,)
    own = id_of(image) if engine.pulls_to_create else name
    there = (label for label in variants if _can_create(engine, own, label))
    certain = _is_strict(engine, of)
    return tuple(replace(have, platform=label, certain=certain) for label in there)


def _differ_by_variant(one: Platform, other: Platform) -> bool:
    return (one.os, one.architecture) == (other.os, other.architecture)


def _is_strict(engine: Engine, platform: Platform) -> bool:
    """Whether podman, which tells no variant, creates containers of just the one it is asked for.

    Podman 5.4 does and 4.3 does not (seen), for other architectures than its machine's.
    """
    return engine.client >= STRICT_PODMAN and engine.platform.architecture != platform.architecture


def _many(
    engine: Engine, name: str, image: Image, origin: str, labels: Sequence[Platform]
) -> tuple[Stored, ...]:
    """Those of `labels` that are there, or else what the engine itself would take.

    Of an image whose layers Docker already has under another compression it pulls none, tells no
    platform, and makes containers of it all the same (seen with 28.5).
    """
    if not image:
        return ()
    default = parse_stored(name, origin, image, engine.store)
    found: tuple[Stored, ...] = ()
    if engine.api >= INSPECT_PLATFORM_API:
        inspected = (_inspected(engine, name, origin, label) for label in labels)
        found = tuple(have for have in inspected if have)
    if engine.api < INSPECT_PLATFORM_API or not (found or default):
        there = (label for label in labels if _can_create(engine, name, label))
        found = tuple(Stored(name, label, digest=_digest(origin, image)) for label in there)
    # what is labelled so in an index only can't be created
    other = (default,) if default and default.platform not in labels else ()
    return found or other


def _inspected(engine: Engine, name: str, origin: str, label: Platform) -> Stored | None:
    answer = ask(engine.address, "image", "inspect", f"--platform={label}", name)
    return parse_stored(name, origin, parse_inspect(answer), engine.store)


def _can_create(engine: Engine, name: str, label: Platform) -> bool:
    """Whether a container can be made of what is stored.

    The only question about one platform of a tag that a daemon answers before API 1.49, and about a
    variant that podman answers: both match strictly here.
    """
    with unstarted(engine.address, name, label) as (_, answer):
        check_reached(engine.address, answer)
        return answer.ok
