from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation import qemu as module
from cibuildwheel.oci.emulation.qemu import ADDRESSES, advice, is_here, version_for
from cibuildwheel.oci.emulation.qemu_faults import fault_of
from cibuildwheel.oci.emulation.trial import Ability, Trial
from cibuildwheel.oci.engine.describe import Engine, Store
from cibuildwheel.oci.wanted.platform import parse_platform

if TYPE_CHECKING:
    from pathlib import Path

ARM64, S390X = parse_platform("linux/arm64"), parse_platform("linux/s390x")
MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
HERE = Engine(
    *("docker", Store.CLASSIC, parse_platform("linux/amd64"), ()),
    kernel=(os.uname().release, MEMORY),
)


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("engine", "variables", "here"),
    [
        (HERE, {}, True),
        (HERE, {"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}, True),
        (HERE, {"DOCKER_HOST": ""}, True),
        (HERE, {"DOCKER_HOST": "tcp://docker:2375"}, False),
        (HERE, {"CONTAINER_HOST": "ssh://there/run/podman.sock"}, False),
        (HERE, {"DOCKER_CONTEXT": "there"}, False),
        (replace(HERE, desktop=True), {}, False),
        (replace(HERE, context="near"), {"DOCKER_HOST": "tcp://there:2375"}, True),
        (replace(HERE, context="far", elsewhere=True), {}, False),
        (replace(HERE, kernel=("6.1.0", MEMORY)), {}, False),
        (replace(HERE, kernel=(os.uname().release, MEMORY + 4096)), {}, False),
        (replace(HERE, kernel=("", 0)), {}, False),
    ],
)
def test_is_here(
    engine: Engine, variables: dict[str, str], here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_here(engine) is here


def handler(folder: Path, said: str, name: str = "qemu-aarch64", code: int = 0) -> Path:
    """A folder of handlers with one for arm64, which answers `--version` with `said`."""
    program = folder / f"{name}-static"
    program.write_text(f"#!/bin/sh\n[ \"$*\" = --version ] && echo '{said}'\nexit {code}\n")
    program.chmod(0o755)
    (folder / "aarch64-binfmt-P").symlink_to(program)
    handlers = folder / "handlers"
    handlers.mkdir()
    text = f"enabled\ninterpreter {folder}/aarch64-binfmt-P\nflags: PF\noffset 0\n"
    (handlers / "qemu-aarch64").write_text(text)
    return handlers


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)", (7, 2, 22)),
        ("qemu-aarch64 version 10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)", (10, 0, 13)),
        ("qemu-aarch64 version 6.2.0", (6, 2, 0)),
        ("qemu-aarch64 version next", ()),
        ("something else", ()),
        ("", ()),
    ],
)
def test_version(said: str, version: tuple[int, ...], tmp_path: Path) -> None:
    assert version_for(ARM64, handler(tmp_path, said)) == version


GOOD = "qemu-aarch64 version 6.2.0"


def test_version_of_who_fails(tmp_path: Path) -> None:
    assert version_for(ARM64, handler(tmp_path, GOOD, code=1)) == ()


def test_another_emulator_is_not_asked(tmp_path: Path) -> None:
    assert version_for(ARM64, handler(tmp_path, GOOD, name="rosetta")) == ()


def test_no_handlers(tmp_path: Path) -> None:
    assert version_for(ARM64, tmp_path / "none") == ()
    assert version_for(S390X, handler(tmp_path, GOOD)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "enabled\n",
        "enabled\ninterpreter \n",
        "disabled\ninterpreter {}/qemu-aarch64-static\n",
        # that of a container which is gone
        "enabled\ninterpreter /nowhere/qemu-aarch64\n",
        "enabled\ninterpreter \0\n",
    ],
)
def test_handler_that_tells_nothing(text: str, tmp_path: Path) -> None:
    handlers = handler(tmp_path, GOOD)
    (handlers / "qemu-aarch64").write_text(text.format(tmp_path))
    assert version_for(ARM64, handlers) == ()


@pytest.mark.parametrize(
    ("version", "platform", "cpu", "said"),
    [
        ((), ARM64, "", ""),
        ((6, 2), S390X, "", "crash"),
        ((6, 2), ARM64, "max", "crash"),
        ((7, 0), S390X, "", ""),
        ((7, 2, 22), ARM64, "", "times as long"),
        ((7, 2, 22), ARM64, "max,pauth-impdef=on", ""),
        ((10, 0, 13), ARM64, "", ""),
        ((11,), S390X, "", ""),
    ],
)
def test_fault(version: tuple[int, ...], platform: str, cpu: str, said: str) -> None:
    fault = fault_of(version, parse_platform(str(platform)), cpu=cpu)
    assert said in fault
    assert bool(said) == bool(fault)


def test_advice_is_one_line_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {ARM64: (7, 2, 22), S390X: (6, 2)}
    monkeypatch.setattr(module, "version_for", versions.__getitem__)
    trials = [Trial(platform, Ability.EMULATED) for platform in versions]
    said = advice(HERE, trials)
    assert "\n" not in said
    assert "QEMU 7.2.22, which runs linux/arm64 here, takes" in said
    assert "QEMU 6.2, which runs linux/s390x here, is known to crash" in said
    assert "bookworm-backports" in said
    assert advice(replace(HERE, desktop=True), trials) == ""
    assert advice(HERE, []) == ""
