"""Opens one container with whatever cibuildwheel is installed, and tells what came of it.

    python drive.py CASE OUTCOME

CASE is JSON: `engine` as the option `container-engine`, `image`, `platform`, `project` or null, and
`command`. OUTCOME is a file to write JSON to: `outcome`, what the command printed or the name of
the exception's class; `error`, see tools/reported/rank.py; and `message`. Apart from the standard
library this imports cibuildwheel only, so it runs in any environment.
"""

import importlib
import importlib.util
import json
import sys
import traceback
from pathlib import Path, PurePosixPath
from typing import Any

from cibuildwheel.errors import FatalError
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform


def opened(case: dict[str, Any]) -> str:
    """What the command of `case` prints in a container of its image."""
    with OCIContainer(
        image=case["image"],
        oci_platform=OCIPlatform(case["platform"]),
        engine=OCIContainerEngineConfig.from_config_string(case["engine"]),
    ) as container:
        prove(container, case["platform"])
        if case["project"]:
            container.copy_into(Path(case["project"]), PurePosixPath("/project"))
        return " ".join(container.call(case["command"], capture_output=True).split())


FILES = ("/bin/sh", "/usr/bin/env")
"""Programs that all images of the cases have."""


def prove(container: OCIContainer, platform: str) -> None:
    """Have it proved and its image kept, as a build does before its first step.

    The release does neither.
    """
    if importlib.util.find_spec("cibuildwheel.oci"):
        importlib.import_module("cibuildwheel.oci").accept(container, platform, FILES)


def main() -> None:
    """Write the outcome."""
    try:
        came = {"outcome": opened(json.loads(sys.argv[1])), "error": "", "message": ""}
    except BaseException as error:  # as upstream's own are
        own = isinstance(error, FatalError)
        if not own:
            traceback.print_exc()
        kind = "clear" if own else "unclear"
        came = {"outcome": type(error).__name__, "error": kind, "message": str(error)}
    Path(sys.argv[2]).write_text(json.dumps(came))


if __name__ == "__main__":
    main()
