from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.fork.__main__ import ROOT, main
from tools.fork.listing import BEGIN, END, PAGE, is_current, listed, table
from tools.fork.series import read_series

if TYPE_CHECKING:
    from pathlib import Path

    from unit_test.fork.conftest import Fork

MESSAGE = b"""\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: someone <a@b.example>
Date: Sun, 22 Nov 2026 21:40:37 +0000
Subject: [PATCH] Do what is long enough to be folded over more than one line of
 the header

Why, as told in https://github.com/o/r/issues/1 by somebody.

https://github.com/o/r/issues/22
https://github.com/o/r/pull/333

Upstream-Status: Submitted [there]

"""
DIFF = b"""\
diff --git a/cibuildwheel/engine.py b/cibuildwheel/engine.py
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/cibuildwheel/engine.py
+++ b/cibuildwheel/engine.py
@@ -1,3 +1,3 @@
 one
-two
-- three
+2
++ 3
diff --git a/docs/x.md b/docs/x.md
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/docs/x.md
+++ b/docs/x.md
@@ -1 +1,2 @@
 one
+two
-- \n\
end of patch

""".replace(b"\\n\\\n", b"\n")


def with_page(fork: Fork) -> Path:
    fork.add_patch("Do.patch", MESSAGE + DIFF)
    page = fork.root / PAGE
    page.parent.mkdir()
    page.write_text(f"before\n{BEGIN}old\n{END}after\n")
    return page


def test_listed(fork: Fork) -> None:
    with_page(fork)
    one = listed(fork.root / "patches/Do.patch")
    assert (
        one.subject == "Do what is long enough to be folded over more than one line of the header"
    )
    assert (one.added, one.removed, one.beside) == (2, 2, 1)
    assert one.status == "Submitted [there]"
    assert list(one.links) == ["22", "333"]


def test_write(fork: Fork, capsys: pytest.CaptureFixture[str]) -> None:
    page = with_page(fork)
    assert not is_current(fork.root)
    assert main(["list"], fork.root) == 0
    printed = capsys.readouterr().out
    assert not is_current(fork.root)
    assert main(["list", "--write"], fork.root) == 0
    assert is_current(fork.root)
    assert page.read_text() == f"before\n{BEGIN}{printed}{END}after\n"
    assert "| +2 -2 | 1 | [#22](https://github.com/o/r/issues/22), [#333](" in printed


@pytest.mark.parametrize("text", ["", BEGIN, END])
def test_page_without_a_place(fork: Fork, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with_page(fork).write_text(text)
    assert main(["list", "--write"], fork.root) == 1
    assert "docs/upstream.md has no lines" in capsys.readouterr().err


def test_no_page(fork: Fork, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--write"], fork.root) == 1
    assert "docs/upstream.md: No such file" in capsys.readouterr().err


def test_patch_without_status(fork: Fork, capsys: pytest.CaptureFixture[str]) -> None:
    fork.add_patch("Do.patch", MESSAGE.replace(b"Upstream-Status", b"Status") + DIFF)
    assert main(["list"], fork.root) == 1
    assert "Do.patch has no Upstream-Status" in capsys.readouterr().err


def test_ours_is_current() -> None:
    assert is_current(ROOT), "run: python -m tools.fork list --write"
    assert table(ROOT).count("\n") == len(read_series(ROOT)) + 3
