"""Names of images that are none, or nearly."""

from functools import partial

from tools.reported.row import Open, Row
from tools.reported.stage import Stage, indexed

ARM64 = "linux/arm64"
UPPER_CASE = "https://github.com/navidrome/navidrome/issues/3398"
VARIABLE = "https://github.com/moby/moby/issues/25599"
NEWLINE = "https://github.com/opencrvs/opencrvs-core/issues/11879"


def _as_given(_stage: Stage, name: str) -> str:
    return name


def _with_space(stage: Stage) -> str:
    return f" {stage.push(indexed('linux/amd64', ARM64))}\n"


ROWS = (
    Row(
        "name-white-space",
        NEWLINE,
        "a name with white space around it, as YAML can make it",
        _with_space,
        ARM64,
        Open(ARM64),
    ),
    *(
        Row(
            f"name-{what}",
            report,
            f"`{name}` as the name of an image",
            partial(_as_given, name=name),
            "ImageNameError",
            Open(ARM64),
            says=(says,),
        )
        for what, report, name, says in (
            ("upper-case", UPPER_CASE, "ghcr.io/TooAndy/navidrome:1", "Write ghcr.io/tooandy"),
            ("variable", VARIABLE, "${REGISTRY_ENDPOINT}/image:1", "which nothing has filled in"),
        )
    ),
)
