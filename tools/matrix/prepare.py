"""Puts images into the registry and engines into the state that a case is about."""

import json
import urllib.request
from dataclasses import replace
from functools import partial

from tools.images.document import Content, Image
from tools.images.push import push
from tools.images.shapes import SHAPES, other
from tools.images.tiny import tiny
from tools.lab.engine import Engine
from tools.lab.errors import LabError
from tools.matrix.cases import MISSING, Case, exists
from tools.matrix.expected import kind_of

REPOSITORY = "matrix"
_there: dict[str, str] = {}
"""What was pushed last, by where it was pushed to: engines of a lab have one storage of images."""

ONE_PLATFORM_ONLY = {
    "respelled": "the platform has no other name",
    "386-as-amd64": "the platform is not i686",
    "fuzzy": "no other platform is taken for it",
}
"""Why there is no image of a kind for some platforms."""

NEEDS_RUN = {"offline", "moved"}
"""The states that begin with a run of the program under test."""


def image_of(case: Case) -> Image:
    """The image of the case, with digests that no other case has."""
    return SHAPES[case.shape].make(case.platform, partial(_marked, case.tag))


def reference(engine: Engine, case: Case) -> str:
    """What the user names the image of `case`."""
    if case.state == "by-digest" and case.shape != MISSING:
        return f"{engine.registry.address}/{REPOSITORY}@{image_of(case).digest}"
    return f"{engine.registry.address}/{REPOSITORY}:{case.tag}"


def why_not(case: Case) -> str | None:
    """Why there is no such cell; None if there is."""
    if not exists(case.shape, case.platform):
        return ONE_PLATFORM_ONLY[kind_of(case.shape).partition("-")[2]]
    if case.shape == MISSING and case.state in {"both", "by-digest"}:
        return "what is missing can't be there"
    if case.state == "both":
        sketch = SHAPES[case.shape].make(case.platform, lambda _: Content((), {}))
        if not (offers(sketch, case.platform) and offers(sketch, other(case.platform))):
            return "the image has not both platforms"
    return None


def publish_before(engine: Engine, case: Case) -> None:
    """Push what the tag is at first, and pull by the engine's own command what is to be stored."""
    wanted, another = case.platform, other(case.platform)
    match case.state:
        case "other":
            _before(engine, case, another, "oci-index-one")
            _pull(engine, reference(engine, case), another)
        case "moved":
            _push(engine, case, _made("oci-index-one", case, wanted))
        case "both":
            _push(engine, case, image_of(case))
            _pull(engine, reference(engine, case), wanted)
            _pull(engine, reference(engine, case), another)
        case "by-digest":
            _push(engine, case, image_of(case))
            try_to_pull(engine, case)


def publish(engine: Engine, case: Case) -> None:
    """Push what the tag is when the case is run."""
    if case.shape != MISSING:
        _push(engine, case, image_of(case))
    elif case.state in {"other", "moved"}:
        _delete(engine, case)


def try_to_pull(engine: Engine, case: Case) -> None:
    """Pull the image by the engine's own command, as a user would, whatever that brings."""
    try:
        _pull(engine, reference(engine, case), case.platform)
    except LabError:
        return


def offers(image: Image, platform: str) -> bool:
    """Whether `image` says that it has `platform`, in an index or in its own configuration."""
    document = image.json()
    if "manifests" in document:
        return any(_named(entry.get("platform", {})) == platform for entry in document["manifests"])
    return _named(_config(image)) == platform


def _before(engine: Engine, case: Case, platform: str, shape: str) -> None:
    """Push an image of `platform`: the case's own if it has one, else what its tag was before."""
    own = None if case.shape == MISSING else image_of(case)
    if own is None or not offers(own, platform):
        own = _made(shape, case, platform)
    _push(engine, case, own)


def _made(shape: str, case: Case, platform: str) -> Image:
    return SHAPES[shape].make(platform, partial(_marked, f"{case.tag}-before"))


def _marked(mark: str, platform: str) -> Content:
    content = tiny(platform)
    environment = [*content.config["Env"], f"CASE={mark}"]
    return replace(content, config={**content.config, "Env": environment})


def _config(image: Image) -> dict[str, str]:
    config: dict[str, str] = json.loads(image.blobs[0].read())
    return config


def _named(fields: dict[str, str]) -> str:
    names = (fields.get(key) for key in ("os", "architecture", "variant"))
    return "/".join(filter(None, names))


def _address(engine: Engine, case: Case) -> str:
    return f"{engine.push_address}/{REPOSITORY}:{case.tag}"


def _push(engine: Engine, case: Case, image: Image) -> None:
    address = _address(engine, case)
    if _there.get(address) != image.digest:
        push(image, address)
        _there[address] = image.digest


def _pull(engine: Engine, image: str, platform: str) -> None:
    engine.run("pull", "--quiet", f"--platform={platform}", image)


def _delete(engine: Engine, case: Case) -> None:
    platform = other(case.platform) if case.state == "other" else case.platform
    digest = _made("oci-index-one", case, platform).digest
    url = f"http://{engine.push_address}/v2/{REPOSITORY}/manifests/{digest}"
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE")).close()
    except OSError as error:
        message = f"the registry of {engine.name} did not delete {url}: {error}"
        raise LabError(message) from error
    _there.pop(_address(engine, case), None)
