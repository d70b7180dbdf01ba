"""Say where a build counts on this machine's files, which a container of another one can't have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cibuildwheel.logger import log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cibuildwheel.oci.plan.settled import Settled

# The options of upstream that hold commands, and what they see.
OPTIONS = (
    "before_all",
    "before_build",
    "environment",
    "repair_command",
    "before_test",
    "test_command",
    "test_environment",
    "audit_command",
)
# Where upstream mounts this machine's root, as a path of its own.
HOST = re.compile(r"""(?:^|[\s"'=:(\[<>@,]|(?:^|[\s"'=])-\w)/host(?![\w.-])""")


def tell_missing_host(settled: Settled | None, builds: Iterable[object]) -> None:
    """Warn, where nothing of this machine can be mounted, of the options that name `/host`.

    `builds` are the options of each build in the container, as attributes.
    """
    if settled is None or settled.sees_host:
        return
    found = {name: None for build in builds for name in naming_host(build)}
    if names := ", ".join(name.replace("_", "-") for name in found):
        log.warning(
            f"{names}: /host is named, and nothing is there in this container, as "
            f"{settled.engine.address} is an engine on another machine."
        )


def naming_host(options: object) -> list[str]:
    """The names of those of `options` that name `/host`."""
    return [name for name in OPTIONS if HOST.search(_text(getattr(options, name, None)))]


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value or "")
