from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from cibuildwheel.oci.container.wheels import check_wheels
from cibuildwheel.oci.emulation.probe_image import program
from cibuildwheel.oci.errors import NativeToolsError

if TYPE_CHECKING:
    from pathlib import Path, PurePath

FOLDER = PurePosixPath("/tmp/repaired_wheel")
NAME = "x-1-cp313-cp313-manylinux_2_28_aarch64.whl"


class Container:
    """One whose folder holds one wheel, with `files`."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def copy_out(self, from_path: PurePath, to_path: Path) -> None:
        assert from_path == FOLDER
        with ZipFile(to_path / NAME, "w") as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"x.py": b"", "data": b"\x7fEL"},
        {"x.so": program("aarch64"), "x/bin/run": program("aarch64"), "x.txt": b"text" * 99},
    ],
)
def test_all_is_of_the_platform(files: dict[str, bytes]) -> None:
    check_wheels(Container(files), FOLDER, "linux/arm64")


@pytest.mark.parametrize("name", ["x.so", "x/bin/run", "x.libs/y-1.so.2"])
@pytest.mark.parametrize("architecture", ["x86_64", "s390x"])
def test_a_file_of_another_machine(name: str, architecture: str) -> None:
    container = Container({"x.abi3.so": program("aarch64"), name: program(architecture)})
    with pytest.raises(
        NativeToolsError,
        match=f"{NAME} holds what is not for aarch64: {name} is for {architecture}",
    ) as e:
        check_wheels(container, FOLDER, "linux/arm64")
    assert "abi3" not in str(e.value)
