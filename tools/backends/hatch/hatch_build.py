"""Compile the extension as setuptools does, and put it into hatchling's wheel."""

# mypy: ignore-errors
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension


class CustomBuildHook(BuildHookInterface):
    """The hook that hatchling looks for."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Build the extension, and name it as a file of the wheel."""
        extension = Extension("mixed_c", ["mixed_c.c"], libraries=["m"])
        command = Distribution({"ext_modules": [extension]}).get_command_obj("build_ext")
        command.build_lib = "build"
        command.ensure_finalized()
        command.run()
        path = command.get_ext_fullpath("mixed_c")
        build_data["force_include"][path] = command.get_ext_filename("mixed_c")
        build_data.update(infer_tag=True, pure_python=False)
