"""Hatchling hooks: the wheel is the verified upstream release, patched, and our own modules."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # an isolated build does not find `tools`

from tools.fork import editable, merge, metadata, upstream
from tools.fork.errors import ForkError
from tools.fork.files import write_tree

if TYPE_CHECKING:
    from tools.fork.files import Files


class CustomMetadataHook(MetadataHookInterface):
    """Dependencies, entry points and classifiers as upstream has them."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the dynamic fields to the `[project]` table `metadata`."""
        try:
            self._update(Path(self.root), metadata)
        except (ForkError, OSError) as error:
            sys.exit(f"error: {error}")  # no traceback above it

    def _update(self, root: Path, project: dict[str, Any]) -> None:
        release = upstream.verified(root)
        dist_info = upstream.read_lock(root).dist_info
        wanted = metadata.requires_python(release, dist_info)
        if project["requires-python"] != wanted:
            raise ForkError(f"pyproject.toml: project.requires-python is not upstream's {wanted}")
        (root / metadata.LICENSE).write_bytes(release[f"{dist_info}/licenses/LICENSE"])
        project.update(metadata.project_fields(release, dist_info))


class CustomBuildHook(BuildHookInterface[Any]):
    """The files of the wheel; an sdist is checked as well, so that none is made in vain."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Hand all files to hatchling, or refresh build/upstream for the version `editable`."""
        try:
            self._initialize(Path(self.root), version, build_data)
        except (ForkError, OSError) as error:
            sys.exit(f"error: {error}")

    def _initialize(self, root: Path, version: str, build_data: dict[str, Any]) -> None:
        patched = merge.patched(root, self.metadata.version, upstream.verified(root))
        if version == "editable":
            editable.refresh(root, patched)
        elif self.target_name == "wheel":
            self._include(patched | merge.own_files(root), build_data)

    def _include(self, files: Files, build_data: dict[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cibuildwheel-fork-")
        write_tree(files, Path(self._folder.name))
        build_data["force_include"].update({f"{self._folder.name}/{path}": path for path in files})

    def finalize(self, *_: object) -> None:
        """Remove the files."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
