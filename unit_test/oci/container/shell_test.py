"""What the shell of a container is asked, asked of this machine's own: bash, and a plain one."""

from __future__ import annotations

import glob
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cibuildwheel.oci.container.shell import (
    empty_folder,
    everything_in,
    find_programs,
    list_first,
    list_matches,
    list_programs,
    make_folder,
    parse_bytes,
    parse_list,
    parse_version,
    read_bytes,
    read_version,
    write_file,
)

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = ("bash", "sh")
NAMES = ("x.whl", "a b.whl", "-n.whl", ".h.whl", "*.whl", "it's.whl", "new\nline.whl", "y.txt")


def ask(shell: str, question: str, folder: Path) -> list[str]:
    """The answer as a container's shell gives it: what it reads is on its standard input."""
    ran = subprocess.run(
        [shell], input=f"{{ {question}\n}}".encode(), stdout=subprocess.PIPE, check=True, cwd=folder
    )
    return parse_list(ran.stdout.decode(errors="surrogateescape"))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "pattern",
    ["*.whl", "*", "?.*", "[xy].*", "[!x].txt", "y.txt", "none*", "[", "[*].whl", "*/z", "**",
     ".*l", "it's*", "a b*", "-*", "[x-z]*", "$HOME*"],
)  # fmt: skip
def test_matches_are_those_of_python(shell: str, pattern: str, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).touch()
    (tmp_path / "d").mkdir()
    (tmp_path / "d/z").touch()
    (tmp_path / "broken.whl").symlink_to("nothing")
    found = ask(shell, list_matches(f"{tmp_path}/{pattern}"), tmp_path)
    expected = glob.glob(f"{tmp_path}/{pattern}")  # noqa: PTH207 - what it is to be like
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    "before", ["set -f", "shopt -s failglob", "set -eu; shopt -s failglob", "GLOBIGNORE='*'"]
)
def test_what_a_shell_was_told_before_changes_nothing(before: str, tmp_path: Path) -> None:
    """As BASH_ENV does."""
    (tmp_path / "x.whl").touch()
    there, none = list_matches(f"{tmp_path}/*.whl"), list_matches(f"{tmp_path}/none*")
    question = f"{before}; {there}; {none}; {list_first(everything_in(str(tmp_path)))}"
    assert ask("bash", question, tmp_path) == [f"{tmp_path}/x.whl"] * 2
    ask("bash", f"{before}; {empty_folder(str(tmp_path))}; {empty_folder(str(tmp_path))}", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_programs(shell: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a b", tmp_path / "it's"
    for folder, name, mode in (
        (first, "python", 0o644), (second, "python", 0o755), (second, "pip", 0o700), (first, "d", 0)
    ):  # fmt: skip
        folder.mkdir(exist_ok=True)
        (folder / name).touch()
        (folder / name).chmod(mode)
    (second / "folder").mkdir()
    names = ["python", "pip", "folder", "none"]
    path = f"/none:{first}:{second}"
    found = [str(second / "python"), str(second / "pip"), "", ""]
    assert ask(shell, find_programs(names, path, "/"), tmp_path) == found
    assert ask(shell, find_programs(["pip"], "it's:", f"{tmp_path}"), tmp_path) == [found[1]]
    paths = [f"{folder}/{name}" for folder in (first, second) for name in names]
    assert ask(shell, list_programs(paths), tmp_path) == found[:2]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("header", "version"),
    [
        ('#define PY_MAJOR_VERSION 3\n#define PY_VERSION              "3.13.5"\n', "3.13.5"),
        ('#define PY_VERSION "3.14.0rc2+"\n#define PY_VERSION "2"\n', "3.14.0rc2+"),
        ("#define PY_MAJOR_VERSION 3\n", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_version(shell: str, header: str | None, version: str, tmp_path: Path) -> None:
    if header is not None:
        folder = tmp_path / "pre fix/include/python3.13"
        folder.mkdir(parents=True)
        (folder / "patchlevel.h").write_text(header)
    assert parse_version(ask(shell, read_version(f"{tmp_path}/pre fix"), tmp_path)) == version


@pytest.mark.parametrize("shell", SHELLS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=300))
@example(data=b"-n\0")
def test_any_bytes_are_written(shell: str, tmp_path: Path, data: bytes) -> None:
    ask(shell, write_file(f"{tmp_path}/it's $1", data), tmp_path)
    assert (tmp_path / "it's $1").read_bytes() == data


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "none.UTF-8"])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=30))
@example(data=bytes(range(20)))
@example(data="é€𝄞".encode() + b"\xff\n\\")
def test_any_bytes_are_read(
    locale: str, tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    (tmp_path / "it's $1").write_bytes(data)
    (tmp_path / "empty").touch()
    files = [f"{tmp_path}/{name}" for name in ("it's $1", "empty", "none", ".")]
    said = parse_bytes(ask("bash", read_bytes(files, 20), tmp_path), 20)
    assert said == {files[0]: data[:20].ljust(20, b"\0"), files[1]: bytes(20)}


def test_what_cannot_be_opened_is_left_out(tmp_path: Path) -> None:
    """With no descriptor left a shell can open nothing, not even as root."""
    question = read_bytes(["/bin/sh", "/bin/bash"], 20)
    assert ask("bash", f"ulimit -n 3; {question}", tmp_path) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_folders(shell: str, tmp_path: Path) -> None:
    target = tmp_path / "a b" / "it's"
    for _ in range(2):
        ask(shell, make_folder(str(target)), tmp_path)
        assert target.is_dir()
    for name in ("x", ".h", "..y", "deep/er"):
        (target / name).mkdir(parents=True)
    number = target.stat().st_ino
    ask(shell, empty_folder(str(target)), tmp_path)
    assert list(target.iterdir()) == []
    assert target.stat().st_ino == number
    link = tmp_path / "link"
    for kind in ("link", "file", "nothing"):
        if kind == "link":
            link.symlink_to(target)
        elif kind == "file":
            link.touch()
        ask(shell, empty_folder(str(link)), tmp_path)
        assert link.is_dir()
        assert not link.is_symlink()
        link.rmdir()


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_started_and_nothing_exported(shell: str, tmp_path: Path) -> None:
    """With no PATH a shell can start nothing."""
    tmp_path.joinpath("x.whl").touch()
    questions = [
        list_matches(f"{tmp_path}/*"),
        list_programs(["/bin/sh"]),
        find_programs(["sh"], "/bin", "/"),
        read_version("/usr"),
        make_folder(f"{tmp_path}"),
        write_file(f"{tmp_path}/y", b"%s\\\0'"),
        *([read_bytes(["/bin/sh"], 20)] if shell == "bash" else []),
    ]
    script = f"PATH=; {'; '.join(questions)}; export -p"
    ran = subprocess.run([shell, "-c", script], capture_output=True, check=True, env={"A": "1"})
    assert not ran.stderr
    assert b"cibw_" not in ran.stdout
    assert os.fsencode(tmp_path / "x.whl") in ran.stdout
