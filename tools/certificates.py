"""What this machine trusts, for builds in containers that fetch from a package index."""

import shutil
from pathlib import Path

PLACE = "/etc/ssl/certs/ca-certificates.crt"


def mounted(folder: Path) -> str:
    """The argument that creates a container with this machine's certificates in their place.

    They are copied to `folder`, as an engine may have files of its own where this machine has them.
    """
    return f"--volume={shutil.copy(PLACE, folder / 'certificates.crt')}:{PLACE}:ro"
