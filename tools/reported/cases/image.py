"""Images that hold other programs than the official ones."""

from tools.images.document import DOCKER
from tools.images.layer import file
from tools.reported.row import Build, Row
from tools.reported.stage import Stage, content, pythons, single, wheel

ARM64 = "linux/arm64"
BUSYBOX = "https://github.com/vigna/ne/issues/78"
# Debian's busybox knows the option.
ENV = b"""#!/bin/sh
case "$1" in -0) echo "env: unrecognized option: 0" >&2; exit 1 ;; esac
exec /bin/busybox env "$@"
"""


def _old_env(stage: Stage) -> str:
    members = [*pythons(ARM64), file("usr/local/bin/env", ENV, 0o755)]
    return stage.push(single(ARM64, content(ARM64, members), DOCKER))


ROWS = (
    Row(
        "image-old-env",
        BUSYBOX,
        "the image's `env` has no `-0`, as that of BusyBox 1.32",
        _old_env,
        wheel(ARM64),
        Build(("aarch64",)),
        never=("unrecognized option",),
    ),
)
