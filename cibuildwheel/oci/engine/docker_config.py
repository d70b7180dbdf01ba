"""The folder that Docker's client has its configuration in (https://docs.docker.com/reference/cli/docker/)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def config_folder() -> Path | None:
    """The folder, which need not exist; None where nobody has a home."""
    try:
        return Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    except RuntimeError:
        return None


def checks_signatures() -> bool:
    """Whether the client is to pull a tag only as it was signed, and asks for that by the tag.

    A digest it takes unsigned (https://docs.docker.com/engine/security/trust/).
    """
    return os.environ.get("DOCKER_CONTENT_TRUST", "").lower() not in {"", "0", "f", "false"}


def read_config(*path: str) -> dict[str, Any]:
    """The object in the file `path` of the folder; {} if there is none, of which Docker tells."""
    folder = config_folder()
    try:
        document = json.loads(folder.joinpath(*path).read_text(encoding="utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
