from pathlib import Path

import pytest

from tools.cache import VARIABLE
from tools.images.__main__ import main
from tools.images.debian import MIRROR_VARIABLE, is_called, mirror
from tools.images.errors import ImageError
from tools.images.ports import PLATFORMS, PORTS, port
from tools.images.shapes import SHAPES
from tools.images.tiny import busybox


def test_shapes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shapes"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(SHAPES)


def test_shape_that_the_platform_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--shape=oci-index-fuzzy", "--platform=linux/s390x", "localhost:1/a"]
    assert main(["push", *arguments]) == 1
    said = capsys.readouterr().err
    assert "oci-index-fuzzy exists for linux/amd64, linux/arm64, linux/arm/v7 only" in said


def test_mmdebstrap_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match="mmdebstrap is not installed: apt-get install"):
        busybox("linux/arm64")


def test_ports() -> None:
    assert tuple(PORTS) == PLATFORMS
    assert len(PLATFORMS) == len({port(platform).machine for platform in PLATFORMS}) == 7
    with pytest.raises(ImageError, match="no root file system can be made for 'linux/vax'"):
        port("linux/vax")


def test_mirror_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "http://mirror.test/debian")
    assert mirror() == "http://mirror.test/debian"


def test_no_mirror_without_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mirror() is None


def test_other_name_of_a_suite(tmp_path: Path, server: str, nowhere: str) -> None:
    release = tmp_path / "dists/stable/InRelease"
    release.parent.mkdir(parents=True)
    release.write_text("Origin: Debian\nSuite: stable\nCodename: trixie\n")
    assert is_called(server, "stable", "trixie")
    assert is_called(f"{server}/", "stable", "trixie")
    assert not is_called(server, "stable", "forky")
    assert not is_called(server, "testing", "forky")
    assert not is_called(nowhere, "stable", "trixie")
