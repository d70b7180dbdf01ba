"""Which platforms a machine can run."""

import os
from pathlib import Path

import pytest

from tools.images.ports import PLATFORMS
from tools.lab import handlers


@pytest.mark.parametrize(
    "machine, names, runs",
    [
        ("x86_64", [], {"linux/amd64", "linux/386"}),
        ("x86_64", ["qemu-arm", "qemu-s390x"], {"linux/arm/v7", "linux/s390x"}),
        ("aarch64", ["qemu-i386"], {"linux/arm64", "linux/386"}),
        ("loongarch64", [], set()),
    ],
)
def test_lacking(
    machine: str,
    names: list[str],
    runs: set[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in names:
        (tmp_path / name).touch()
    monkeypatch.setattr(handlers, "_FOLDER", tmp_path)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", "", "", machine)))
    lacking = {platform for platform in PLATFORMS if handlers.lacking(platform)}
    native = {"linux/amd64", "linux/386"} if machine == "x86_64" else set()
    assert set(PLATFORMS) - lacking == runs | native
