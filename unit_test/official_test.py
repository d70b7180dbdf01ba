"""Which official images `--official` asks for."""

import re

from tools.images.ports import PLATFORMS, port
from tools.official import official


def test_every_architecture_of_every_kind() -> None:
    kinds = {(image.platform, image.name.partition("linux")[0]) for image in official()}
    assert kinds == {(p, kind) for p in PLATFORMS for kind in ("many", "musl")}


def test_references() -> None:
    for image in official():
        named = rf"quay\.io/pypa/{image.name}_{port(image.platform).machine}@sha256:[0-9a-f]{{64}}"
        assert re.fullmatch(named, image.reference)
