from __future__ import annotations

import hashlib
import io
import json
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.emulation.probe_image import (
    PROGRAMS,
    STARTER,
    cpu_path_of,
    path_of,
    probe_archive,
    program,
)
from cibuildwheel.oci.image.elf import MACHINES, parse_elf
from cibuildwheel.oci.wanted.platform import WHEEL_ARCHITECTURES, parse_platform

if TYPE_CHECKING:
    from pathlib import Path


def test_every_wheel_architecture_has_a_program() -> None:
    assert PROGRAMS.keys() == WHEEL_ARCHITECTURES.keys() == MACHINES.keys()


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_program(architecture: str) -> None:
    elf = program(architecture)
    assert str(parse_elf(elf)) == architecture
    assert len(elf) < 150


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_program_as_binutils_reads_it(architecture: str, tmp_path: Path) -> None:
    path = tmp_path / "probe"
    path.write_bytes(program(architecture))
    try:
        read = subprocess.run(
            ["readelf", "--file-header", "--segments", "--wide", path],
            check=True,
            capture_output=True,
            text=True,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
    except FileNotFoundError:
        pytest.skip("no readelf: apt-get install binutils")
    assert read.stderr == ""
    assert "EXEC (Executable file)" in read.stdout
    (load,) = (line.split() for line in read.stdout.splitlines() if line.split()[:1] == ["LOAD"])
    assert int(load[4], 16) == int(load[5], 16) == path.stat().st_size
    assert "R E" in " ".join(load)


@pytest.mark.parametrize("label", ["linux/arm/v7", "linux/s390x", "linux/amd64"])
def test_archive(label: str) -> None:
    archive = probe_archive(parse_platform(label), "localhost/p:1", ["s390x", "aarch64"], "x86_64")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {m.name: file.read() for m in tar if (file := tar.extractfile(m))}
    ((entry,), config) = (json.loads(files[f"{name}.json"]) for name in ("manifest", "config"))
    assert entry["RepoTags"] == ["localhost/p:1"]
    assert entry["Config"] == "config.json"
    (layer,) = (files[name] for name in entry["Layers"])
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    fields = (config[key] for key in ("os", "architecture", "variant") if key in config)
    assert "/".join(fields) == label
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        programs = {f"/{member.name}": member.mode for member in tar}
    paths = (STARTER, path_of("s390x"), path_of("aarch64"), cpu_path_of("aarch64"))
    assert programs == dict.fromkeys(paths, 0o755)
