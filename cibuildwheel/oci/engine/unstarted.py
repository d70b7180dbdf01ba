"""A container that is only created: it tells what the engine has stored, and lets that be read."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.docker_config import checks_signatures
from cibuildwheel.oci.engine.reach import change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.wanted.address import Address
    from cibuildwheel.oci.wanted.platform import Platform


@contextmanager
def unstarted(engine: Address, image: str, label: Platform) -> Iterator[tuple[str, Answer]]:
    """Within this, have a container of the stored `image`, labelled `label`.

    Gives its name, and what `engine` answered when it was to be created. It is never started, and
    nobody is asked for the image or for its signature, as Docker's client asks at each `create` of
    a tag where DOCKER_CONTENT_TRUST is set (seen with 26).
    """
    container = f"cibuildwheel-{uuid.uuid4()}"
    docker_checks = engine.name == "docker" and checks_signatures()
    flags = (
        f"--name={container}",
        f"--platform={label}",
        "--pull=never",
        *(["--disable-content-trust"] if docker_checks else []),
    )
    try:
        yield container, change(engine, "create", *flags, image, "/bin/true")
    finally:
        change(engine, "rm", "--force", container)
