"""Images whose ENTRYPOINT does something else with its arguments than to run them."""

from functools import partial

from tools.images.entrypoints import with_entrypoint
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, single

UNQUOTED = "https://github.com/ctrliq/ascender/pull/801"
SPLIT = "https://github.com/RotherOSS/otobo/issues/6114"
NO_ENTRYPOINT = "https://github.com/pypa/manylinux/issues/557"
SCL = "https://github.com/sclorg/s2i-base-container/issues/79"
SHELL = "https://github.com/moby/moby/issues/21014"
MACHINES = {"linux/386": "i686", "linux/arm64": "aarch64", "linux/arm/v7": "armv7l"}
CASES = (
    ("none", "none", NO_ENTRYPOINT, "linux/386"),
    ("unquoted", "exec $@", UNQUOTED, "linux/arm64"),
    ("unquoted-386", "exec $@", UNQUOTED, "linux/386"),
    ("joined", 'sh -c "$*"', SPLIT, "linux/arm/v7"),
    ("scl", "scl", SCL, "linux/arm64"),
    ("bash", "bash -c", SHELL, "linux/386"),
    ("sh", "sh -c", SHELL, "linux/386"),
)
"""Names of rows, the entrypoint (tools/images/entrypoints.py), the report, and the platform."""


def _image(stage: Stage, entrypoint: str, platform: str) -> str:
    return stage.push(single(platform, with_entrypoint(platform, entrypoint)))


ROWS = tuple(
    Row(
        f"entrypoint-{name}",
        report,
        f"the entrypoint of an image for {platform} is `{entrypoint}`",
        partial(_image, entrypoint=entrypoint, platform=platform),
        f"{MACHINES[platform]} {platform}",
        Open(platform, command=("sh", "-c", "uname -m; cat /etc/platform")),
    )
    for name, entrypoint, report, platform in CASES
)
