"""The maintainer's loop on a tiny upstream, with real git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.fork.__main__ import main
from tools.fork.files import write_tree
from tools.fork.git import AS_USER, git
from unit_test.fork.conftest import ENGINE, OWN, VERSION, Fork, make_package

if TYPE_CHECKING:
    from pathlib import Path

STATUS = "Upstream-Status: Pending"
NO_STATUS = (
    "the patch 'Say 2' needs one trailer Upstream-Status:"
    " Pending, Submitted [where], Backport [version], Denied or Inappropriate [reason]"
)
SERIES = ["Say-2.patch", "Test-it.patch"]


@pytest.fixture(autouse=True)
def identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a maintainer whose configuration would spoil patches if it were used."""
    settings = {
        "user.name": "Maintainer",
        "user.email": "maintainer@invalid",
        "format.signature": "mine",
        "diff.noprefix": "true",
    }
    monkeypatch.setitem(AS_USER, "GIT_CONFIG_COUNT", str(len(settings)))
    for number, (key, value) in enumerate(settings.items()):
        monkeypatch.setitem(AS_USER, f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setitem(AS_USER, f"GIT_CONFIG_VALUE_{number}", value)


@pytest.fixture
def tree(fork: Fork) -> Path:
    """The checkout of the fork, to which a series of two patches has been exported."""
    assert main(["checkout"], fork.root) == 0
    tree = fork.root / "build/upstream"
    edit(tree, ENGINE, "two", "2", f"Say 2\n\nFor it is shorter.\n\n{STATUS}")
    text = "# tests\nimport cibuildwheel.oci.wanted.platform\n"
    edit(tree, "unit_test/engine_test.py", "# tests\n", text, f"Test it\n\n{STATUS}")
    assert main(["export"], fork.root) == 0
    return tree


def edit(tree: Path, path: str, old: str, new: str, message: str) -> None:
    """Commit a change of a file."""
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new))
    git(tree, "commit", "-q", "-a", "-m", message, env=AS_USER)


def patches(fork: Fork) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (fork.root / "patches").iterdir()}


def subjects(tree: Path, revisions: str) -> list[str]:
    return git(tree, "log", "--reverse", "--format=%s", revisions).splitlines()


def refusal(fork: Fork, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that has to fail, and return what it says in its one line."""
    capsys.readouterr()
    assert main(words, fork.root) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("error: ").rstrip().replace(f"{fork.root}/", "")


def test_export_and_checkout_give_the_same(fork: Fork, tree: Path) -> None:
    exported = patches(fork)
    assert sorted(exported) == [*SERIES, "series"]
    assert exported["series"].decode().splitlines() == SERIES
    assert b"\nFrom: Maintainer <maintainer@invalid>\n" in exported["Say-2.patch"]
    assert (
        exported["Say-2.patch"]
        .decode()
        .endswith(
            "--- a/cibuildwheel/engine.py\n+++ b/cibuildwheel/engine.py\n"
            "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n-- \nend of patch\n\n"
        )
    )
    commit = git(tree, "rev-parse", "fork:")
    assert main(["checkout"], fork.root) == 0
    assert git(tree, "rev-parse", "fork:") == commit
    assert (tree / OWN).resolve() == fork.root / OWN
    assert main(["export"], fork.root) == 0
    assert patches(fork) == exported


def test_checkout_takes_over_a_plain_tree(fork: Fork) -> None:
    write_tree({"build/upstream/SHA256SUMS": b""}, fork.root)
    assert main(["checkout"], fork.root) == 0
    assert subjects(fork.root / "build/upstream", "fork") == [
        "cibuildwheel 1.2.3",
        "cibuildwheel 1.2.3+platform.1",
    ]


@pytest.mark.parametrize(
    "path, commit, message",
    [
        (ENGINE, False, f"has uncommitted changes, to {ENGINE} for one: commit them"),
        ("new.py", False, "has uncommitted changes, to new.py for one: commit them"),
        (ENGINE, True, "has commits that patches/ has not: run python -m tools.fork export"),
    ],
)
@pytest.mark.parametrize("command", [["checkout"], ["bump", "1.2.4"]])
def test_no_work_is_lost(
    fork: Fork,
    tree: Path,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    path: str,
    commit: bool,
    message: str,
) -> None:
    (tree / path).write_text("work\n")
    if commit:
        git(tree, "commit", "-q", "-a", "-m", "Work", env=AS_USER)
    assert refusal(fork, capsys, *command) == f"build/upstream {message}"
    assert (tree / path).read_text() == "work\n"


def test_no_detached_work_is_lost(
    fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tree, "checkout", "-q", "--detach")
    edit(tree, ENGINE, "2", "zwei", "Work")
    assert "has commits that patches/ has not" in refusal(fork, capsys, "checkout")


def test_ignored_files_survive_a_checkout(fork: Fork, tree: Path) -> None:
    with (tree / ".git/info/exclude").open("a") as exclude:
        exclude.write("notes.txt\n")
    (tree / "notes.txt").write_text("work\n")
    assert main(["checkout"], fork.root) == 0
    assert (tree / "notes.txt").read_text() == "work\n"


def test_a_patch_that_does_not_apply(
    fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = git(tree, "rev-parse", "fork")
    path = fork.root / "patches/Say-2.patch"
    path.write_bytes(path.read_bytes().replace(b"-two", b"-zwei"))
    assert refusal(fork, capsys, "checkout") == (
        "patches/Say-2.patch does not apply: error: patch failed: cibuildwheel/engine.py:1"
    )
    assert git(tree, "rev-parse", "fork") == head
    assert main(["export"], fork.root) == 0
    assert main(["checkout"], fork.root) == 0


def test_the_first_checkout_may_fail(fork: Fork, capsys: pytest.CaptureFixture[str]) -> None:
    fork.add_patch("a.patch", b"")
    assert refusal(fork, capsys, "checkout").startswith("patches/a.patch does not apply: ")
    (fork.root / "patches/series").write_text("")
    (fork.root / "patches/a.patch").unlink()
    assert main(["checkout"], fork.root) == 0


def test_export_needs_a_checkout(fork: Fork, capsys: pytest.CaptureFixture[str]) -> None:
    git(fork.root, "init", "-q")
    (fork.root / "build/upstream").mkdir()
    assert refusal(fork, capsys, "export") == (
        "build/upstream is not a checkout: run python -m tools.fork checkout first"
    )


def test_export_refuses_uncommitted_changes(
    fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = patches(fork)
    (tree / ENGINE).write_text("work\n")
    assert "has uncommitted changes" in refusal(fork, capsys, "export")
    assert patches(fork) == before


def test_export_refuses_two_patches_of_one_name(
    fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(tree, ENGINE, "three", "3", "Say 2")
    assert refusal(fork, capsys, "export") == (
        "two commits would be Say-2.patch: give them different subjects"
    )


def test_check(fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["check"], fork.root) == 0
    assert capsys.readouterr().out == "patches/ and upstream/ are as they should be\n"


@pytest.mark.parametrize(
    "path, old, new, problem",
    [
        (
            "patches/Say-2.patch",
            "[PATCH]",
            "[PATCH 1/2]",
            "patches/Say-2.patch is not as `python -m tools.fork export` writes it",
        ),
        (
            "patches/Say-2.patch",
            "Pending",
            "Soon",
            NO_STATUS,
        ),
        (
            "patches/Say-2.patch",
            f"\n{STATUS}\n",
            "",
            NO_STATUS,
        ),
        (
            "upstream/SHA256SUMS",
            "  cibuildwheel/engine.py",
            "  cibuildwheel/engines.py",
            "upstream/SHA256SUMS is not that of the released wheel of 1.2.3",
        ),
    ],
)
def test_check_finds(
    fork: Fork,
    tree: Path,
    capsys: pytest.CaptureFixture[str],
    path: str,
    old: str,
    new: str,
    problem: str,
) -> None:
    text = (fork.root / path).read_text()
    assert old in text
    (fork.root / path).write_text(text.replace(old, new))
    assert refusal(fork, capsys, "check") == problem


def test_check_verifies_the_release(
    fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (fork.root / f"build/cache/{VERSION}/cibuildwheel.tar.gz").open("ab") as sdist:
        sdist.write(b"more")
    words = refusal(fork, capsys, "check")
    assert words.startswith(f"build/cache/{VERSION}/cibuildwheel.tar.gz: its SHA-256 is ")


def test_bump(fork: Fork, tree: Path) -> None:
    fork.publish("1.2.4", "zero", "one", "two", "three")
    assert main(["bump", "1.2.4"], fork.root) == 0
    assert (tree / ENGINE).read_text() == "zero\none\n2\nthree\n"
    assert (tree / "cibuildwheel/__init__.py").read_text() == '__version__ = "1.2.4+platform.1"\n'
    assert main(["export"], fork.root) == 0
    assert main(["check"], fork.root) == 0
    assert b"@@ -2,3 +2,3 @@\n" in patches(fork)["Say-2.patch"]
    assert (fork.root / "pyproject.toml").read_text() == (
        '[build-system]\nrequires = ["cibuildwheel===1.2.4"]\n'
        '[project]\nversion = "1.2.4+platform.1"\n'
    )


def test_bump_to_a_conflict(fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fork.publish("1.2.4", "one", "deux", "three")
    assert refusal(fork, capsys, "bump", "1.2.4") == (
        "the patch 'Say 2' conflicts in cibuildwheel/engine.py: resolve it in build/upstream,"
        " then git add, git rebase --continue and, at the end, python -m tools.fork export"
    )
    assert "in the middle of a rebase" in refusal(fork, capsys, "checkout")
    assert "in the middle of a rebase" in refusal(fork, capsys, "export")
    (tree / ENGINE).write_text("one\n2\nthree\n")
    git(tree, "add", ENGINE)
    git(tree, "rebase", "--continue")
    assert main(["export"], fork.root) == 0
    assert main(["check"], fork.root) == 0
    assert b"\n-deux\n+2\n" in patches(fork)["Say-2.patch"]


def test_bump_given_up(fork: Fork, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = {path: path.read_bytes() for path in fork.root.glob("upstream/*")}
    kept[fork.root / "pyproject.toml"] = (fork.root / "pyproject.toml").read_bytes()
    fork.publish("1.2.4", "one", "deux", "three")
    refusal(fork, capsys, "bump", "1.2.4")
    git(tree, "rebase", "--abort")
    assert refusal(fork, capsys, "export") == (
        "build/upstream: branch fork does not stand on the pinned release: rebase it,"
        " or restore upstream/ and pyproject.toml and run python -m tools.fork checkout"
    )
    for path, data in kept.items():
        path.write_bytes(data)
    assert main(["checkout"], fork.root) == 0
    assert main(["check"], fork.root) == 0


@pytest.fixture
def clone(fork: Fork, tmp_path: Path) -> Path:
    """A repository like upstream's, with more in it than the release."""
    clone = tmp_path / "clone"
    files = make_package(VERSION, "zero", "one", "two", "three")
    write_tree(files | {"unit_test/engine_test.py": b"# tests\n", ".gitignore": b"oci\n"}, clone)
    git(clone, "init", "-q", "-b", "main")
    git(clone, "add", "--all")
    git(clone, "commit", "-q", "-m", "Upstream")
    return clone


def test_branch(fork: Fork, tree: Path, clone: Path) -> None:
    assert main(["branch", "--into", str(clone)], fork.root) == 0
    assert subjects(clone, "main..platform") == [
        "Add cibuildwheel.oci, which the next commits use",
        "Say 2",
        "Test it",
    ]
    assert (
        git(clone, "log", "--format=%an %ae", "main..platform").splitlines()
        == ["Maintainer maintainer@invalid"] * 3
    )
    assert git(clone, "log", "-1", "--format=%B", "platform^") == "Say 2\n\nFor it is shorter.\n\n"
    assert git(clone, "show", f"platform:{ENGINE}") == "zero\none\n2\nthree\n"
    assert git(clone, "show", f"platform:{OWN}") == "import os\n"
    assert git(clone, "diff", "--name-only", "main", "platform").split() == [
        ENGINE,
        OWN,
        "unit_test/engine_test.py",
    ]
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "worktree", "list").count("\n") == 1


@pytest.mark.parametrize("patch", ["Say-2", "Say-2.patch", "patches/Say-2.patch"])
def test_branch_of_one_patch(fork: Fork, tree: Path, clone: Path, patch: str) -> None:
    assert main(["branch", "--into", str(clone), patch], fork.root) == 0
    assert subjects(clone, "main..Say-2") == ["Say 2"]


FACADE = b"""\
TYPE_CHECKING = False
if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.platform import os as os
    from cibuildwheel.oci.other import y as y
HOMES = {
    "os": "wanted.platform",
    "y": "other",
}
"""
FACADE_PATH = "cibuildwheel/oci/__init__.py"
IMPORT = "from cibuildwheel import oci"


@pytest.fixture
def doors(fork: Fork, tree: Path) -> None:
    """Two more patches, of which the second uses what the first imports, in one file of two."""
    write_tree({FACADE_PATH: FACADE, "cibuildwheel/oci/other.py": b"y = 1\n"}, fork.root)
    write_tree({"cibuildwheel/other.py": b"from cibuildwheel import oci\n"}, tree)
    git(tree, "add", "cibuildwheel/other.py")
    edit(tree, ENGINE, "three", f"three\n{IMPORT}", f"Import it\n\n{STATUS}")
    edit(tree, ENGINE, IMPORT, f"{IMPORT}\noci.os", f"Open a door\n\n{STATUS}")
    assert main(["export"], fork.root) == 0


def test_branch_of_a_patch_that_uses_the_facade(fork: Fork, doors: None, clone: Path) -> None:
    assert main(["branch", "--into", str(clone), "Open-a-door"], fork.root) == 0
    assert subjects(clone, "main..Open-a-door") == [
        "Add cibuildwheel.oci, which the next commits use",
        "Import it",
        "Open a door",
    ]
    assert git(clone, "diff", "--name-only", "main", "Open-a-door").split() == [
        ENGINE,
        FACADE_PATH,
        OWN,
    ]
    assert "other" not in git(clone, "show", f"Open-a-door:{FACADE_PATH}")


def test_branch_after_one_that_was_merged(fork: Fork, doors: None, clone: Path) -> None:
    theirs = b"".join(line for line in FACADE.splitlines(keepends=True) if b"platform" not in line)
    write_tree({FACADE_PATH: theirs, "cibuildwheel/oci/other.py": b"y = 1\n"}, clone)
    git(clone, "add", "--force", "--all", "cibuildwheel")
    edit(clone, ENGINE, "three", f"three\n{IMPORT}", "Merged")
    assert main(["branch", "--into", str(clone), "Open-a-door"], fork.root) == 0
    assert subjects(clone, "main..Open-a-door") == [
        "Add cibuildwheel.oci, which the next commits use",
        "Open a door",
    ]
    assert git(clone, "show", f"Open-a-door:{FACADE_PATH}") == FACADE.decode()


def test_branch_with_a_conflict(
    fork: Fork, tree: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(clone, ENGINE, "two", "deux", "Upstream again")
    assert refusal(fork, capsys, "branch", "--into", str(clone), "--onto", "main") == (
        "patches/Say-2.patch conflicts with main in cibuildwheel/engine.py:"
        " bump the fork to a newer release, or choose another commit with --onto"
    )
    assert git(clone, "branch", "--list").split() == ["*", "main"]
    assert git(clone, "worktree", "list").count("\n") == 1


def test_branch_of_what_is_there_already(
    fork: Fork, tree: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(clone, ENGINE, "two", "2", "The same")
    assert refusal(fork, capsys, "branch", "--into", str(clone), "Say-2") == (
        "patches/Say-2.patch changes nothing on HEAD: it is there already"
    )
    assert git(clone, "branch", "--list").split() == ["*", "main"]


def test_branch_refused(
    fork: Fork, tree: Path, clone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = ["branch", "--into", str(clone)]
    assert refusal(fork, capsys, *into, "x") == "there is no patch x.patch in patches/series"
    assert refusal(fork, capsys, "branch", "--into", str(tmp_path)) == (
        f"{tmp_path} is not a clone of upstream: it has no folder cibuildwheel"
    )
    assert refusal(fork, capsys, *into, "--onto", "v9") == f"{clone} has no commit v9"
    assert main(into, fork.root) == 0
    assert refusal(fork, capsys, *into).endswith("fatal: a branch named 'platform' already exists")
