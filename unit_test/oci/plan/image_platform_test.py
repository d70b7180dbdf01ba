"""`image-platform` of container-engine, from each place that an option may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cibuildwheel.errors import ConfigurationError
from cibuildwheel.options import CommandLineArguments, Options

if TYPE_CHECKING:
    from pathlib import Path

AARCH64, X86_64 = "cp313-manylinux_aarch64", "cp313-manylinux_x86_64"
TABLE = 'container-engine = {name = "docker", image-platform = "linux/arm/v7"}'
OVERRIDE = f'[[tool.cibuildwheel.overrides]]\nselect = "*_aarch64"\n{TABLE}'


def image_platforms(folder: Path, toml: str, environment: dict[str, str]) -> dict[str, str | None]:
    (folder / "pyproject.toml").write_text(f"[tool.cibuildwheel]\n{toml}")
    arguments = CommandLineArguments.defaults()
    arguments.package_dir = folder
    options = Options("linux", arguments, environment, defaults=False)
    return {
        name: options.build_options(name).container_engine.image_platform
        for name in (AARCH64, X86_64)
    }


SHORT = "docker; image_platform: arm64"
ENVIRONMENT = {"CIBW_CONTAINER_ENGINE": "podman; image-platform: linux/arm64/v8"}


@pytest.mark.parametrize(
    ("toml", "environment", "aarch64", "x86_64"),
    [
        ("", {}, None, None),
        (TABLE, {}, "linux/arm/v7", "linux/arm/v7"),
        (TABLE.replace("image-platform", "image_platform"), {}, "linux/arm/v7", "linux/arm/v7"),
        (OVERRIDE, {}, "linux/arm/v7", None),
        ("", ENVIRONMENT, "linux/arm64", "linux/arm64"),
        (OVERRIDE, ENVIRONMENT, "linux/arm64", "linux/arm64"),
        ("", {"CIBW_CONTAINER_ENGINE_LINUX": SHORT}, "linux/arm64", "linux/arm64"),
    ],
)  # fmt: skip
def test_from_each_place(
    toml: str, environment: dict[str, str], aarch64: str | None, x86_64: str | None, tmp_path: Path
) -> None:
    assert image_platforms(tmp_path, toml, environment) == {AARCH64: aarch64, X86_64: x86_64}


@pytest.mark.parametrize(
    ("toml", "environment"),
    [
        (TABLE.replace("image-platform", "image-platfrom"), {}),
        (OVERRIDE.replace("image-platform", "image-platfrom"), {}),
        ("", {"CIBW_CONTAINER_ENGINE": "docker; image-platfrom: linux/arm64"}),
    ],
)
def test_misspelt(toml: str, environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="image-platfrom"):
        image_platforms(tmp_path, toml, environment)


@pytest.mark.parametrize("value", ["arm 64", "linux", "linux/", "a/b/c/d"])
def test_no_platform(value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is not a platform"):
        image_platforms(tmp_path, TABLE.replace("linux/arm/v7", value), {})
