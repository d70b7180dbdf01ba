"""Settles the images of one run together, as a build does, and opens the containers in turn.

    python together.py < CASES > OUTCOME

For an environment with this fork only. CASES is one line as for drive.py; OUTCOME is one line of
JSON: `seconds` until all was settled or refused, and `contents` or `error` and `message`.
"""

import json
import os
import sys
import time

from cibuildwheel.oci.errors import ImageError
from cibuildwheel.oci.plan.settle import settle
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform


def main() -> None:
    """Print the outcome; what cibuildwheel and engines print goes to standard error."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    cases = json.load(sys.stdin)
    begin = time.monotonic()
    outcome: dict[str, object] = {}
    try:
        settled = settle(
            [
                Want(case["engine"], case["image"], parse_platform(case["platform"]))
                for case in cases
            ]
        )
    except ImageError as error:
        outcome = {"error": type(error).__name__, "message": str(error)}
    outcome["seconds"] = round(time.monotonic() - begin, 2)
    if "error" not in outcome:
        contents = []
        for case, one in zip(cases, settled, strict=True):
            with OCIContainer(
                image=case["image"],
                oci_platform=OCIPlatform(case["platform"]),
                engine=OCIContainerEngineConfig(case["engine"], disable_host_mount=True),
                settled=one,
            ) as container:
                contents.append(
                    container.call(["cat", "/etc/platform"], capture_output=True).strip()
                )
        outcome["contents"] = contents
    print(json.dumps(outcome), file=answer)


if __name__ == "__main__":
    main()
