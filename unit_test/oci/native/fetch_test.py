from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import cache, fetch
from cibuildwheel.oci.native.fetch import fetched, find_command, take
from cibuildwheel.oci.native.launcher import LAUNCHERS
from cibuildwheel.oci.native.wheel import HEADERS, MACHINES, ZIG, Wheel, uv, zig

if TYPE_CHECKING:
    from pathlib import Path

X86_64 = zig("x86_64")
UV = uv("0.13.9", "aarch64")


def test_every_machine_that_can_start_it_has_it() -> None:
    assert set(MACHINES) == LAUNCHERS.keys()


@pytest.fixture
def without_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where cibuildwheel was installed by uv, which puts no pip beside it."""
    monkeypatch.setattr(fetch, "find_spec", lambda _: None)
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", "/nothing")


def test_pip_first(tmp_path: Path) -> None:
    command = find_command(X86_64, tmp_path / "r.txt", tmp_path)
    assert command[:3] == [sys.executable, "-m", "pip"]
    assert {"download", "--require-hashes", "--platform=musllinux_1_1_x86_64"} <= set(command)
    # of a version that nobody knew before there is no hash but the index's
    command = find_command(UV, tmp_path / "r.txt", tmp_path)
    assert "--platform=musllinux_1_1_aarch64" in command
    assert "--require-hashes" not in command


@pytest.mark.usefixtures("without_pip")
def test_uv_without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV", "/some/uv")
    command = find_command(X86_64, tmp_path / "r.txt", tmp_path)
    assert command[:3] == ["/some/uv", "pip", "install"]
    assert {"--require-hashes", f"--target={tmp_path}"} <= set(command)


@pytest.mark.usefixtures("without_pip")
def test_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CIBW_CACHE_PATH", tmp_path)
    with pytest.raises(NativeToolsError, match=r"needs pip or uv[^\0]*uvx --with pip cibuildwheel"):
        fetched(X86_64)


def test_index_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the pip of this environment, offline: its own words, and nothing left but a lock."""
    monkeypatch.setattr(cache, "CIBW_CACHE_PATH", tmp_path)
    for name, value in {
        "NO_INDEX": "1",
        "FIND_LINKS": str(tmp_path),
        "CONFIG_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(
        NativeToolsError, match=r"ziglang==0\.15\.2, which native-tools needs, can't be"
    ) as e:
        fetched(X86_64)
    assert "No matching distribution found for ziglang==0.15.2" in str(e.value)
    left = {path.name for path in (tmp_path / "native").iterdir()}
    assert left <= {"ziglang-0.15.2-x86_64.lock"}


ZIG_FILES = {f"ziglang/{ZIG}": "program", f"ziglang/{HEADERS}/stddef.h": "header"}
CASES = [
    # by what, of which wheel, files, and what is kept
    ("pip", X86_64, ZIG_FILES, {ZIG: "program", f"{HEADERS}/stddef.h": "header"}),
    ("uv", X86_64, ZIG_FILES, {ZIG: "program", f"{HEADERS}/stddef.h": "header"}),
    ("pip", UV, {"uv-0.13.9.data/scripts/uv": "program"}, {"uv": "program"}),
    ("uv", UV, {"bin/uv": "program"}, {"uv": "program"}),
]
OTHERS = {"ziglang/lib/libc/x.h": "x", "ziglang/README.md": "x", "uv/__init__.py": "x"}


def fill(folder: Path, by: str, wheel: Wheel, files: dict[str, str]) -> None:
    if by == "pip":
        with ZipFile(folder / f"{wheel.project}-{wheel.version}-py3-none-any.whl", "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


@pytest.mark.parametrize("by, wheel, files, kept", CASES)
def test_take(
    by: str, wheel: Wheel, files: dict[str, str], kept: dict[str, str], tmp_path: Path
) -> None:
    fill(tmp_path, by, wheel, {**files, **OTHERS})
    taken = take(tmp_path, wheel, tmp_path / "taken")
    found = {str(p.relative_to(taken)): p.read_text() for p in taken.rglob("*") if p.is_file()}
    assert found == kept
    assert (taken / next(iter(kept))).stat().st_mode & 0o777 == 0o755


def test_take_what_is_not_there(tmp_path: Path) -> None:
    fill(tmp_path, "pip", UV, OTHERS)
    with pytest.raises(NativeToolsError, match=r"uv==0\.13\.9 has no uv-0\.13\.9\.data/scripts/uv"):
        take(tmp_path, UV, tmp_path / "taken")


def test_what_is_there_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "CIBW_CACHE_PATH", tmp_path)
    monkeypatch.setattr(fetch, "find_command", lambda *_: pytest.fail("it is there"))
    there = tmp_path / "native" / "ziglang-0.15.2-aarch64"
    there.mkdir(parents=True)
    assert fetched(zig("aarch64")) == there
