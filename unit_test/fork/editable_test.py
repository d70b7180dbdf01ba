"""build/upstream as an editable install makes it, without git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.fork.editable import refresh
from tools.fork.errors import ForkError
from tools.fork.files import read_tree, write_tree
from unit_test.fork.conftest import ENGINE, OWN, VERSION, Fork, make_package

if TYPE_CHECKING:
    from tools.fork.files import Files

PACKAGE = make_package(VERSION, "one")


def test_refresh(fork: Fork) -> None:
    tree = fork.root / "build/upstream"
    for package in (PACKAGE, make_package(VERSION, "one", "two")):
        refresh(fork.root, package)
        assert read_tree(tree) == package
    (fork.root / OWN).write_text("changed")
    assert (tree / OWN).read_text() == "changed"


def test_own_module_in_a_folder_of_upstreams(fork: Fork) -> None:
    write_tree({"cibuildwheel/resources/own.json": b"{}"}, fork.root)
    refresh(fork.root, PACKAGE)
    refresh(fork.root, PACKAGE)
    assert (fork.root / "build/upstream/cibuildwheel/resources/own.json").read_bytes() == b"{}"
    assert read_tree(fork.root / "build/upstream") == PACKAGE


@pytest.mark.parametrize("edit", [{ENGINE: b"edited\n"}, {"cibuildwheel/new.py": b""}])
def test_refuses_to_lose_an_edit(fork: Fork, edit: Files) -> None:
    refresh(fork.root, PACKAGE)
    write_tree(edit, fork.root / "build/upstream")
    (path,) = edit
    with pytest.raises(ForkError, match=rf"^build/upstream/{path} was edited: "):
        refresh(fork.root, PACKAGE)


def test_refuses_an_own_module_that_shadows(fork: Fork) -> None:
    write_tree({ENGINE: b""}, fork.root)
    with pytest.raises(ForkError, match=r"engine\.py shadows the file of the same name"):
        refresh(fork.root, PACKAGE)
