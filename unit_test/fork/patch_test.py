"""One patch: what is written by git applies, and nothing else does."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tools.fork.errors import ForkError
from tools.fork.export import strip_function_names
from tools.fork.patch import apply
from tools.fork.patch_file import SIGNATURE, parse
from unit_test.fork.conftest import ENGINE, make_patch

if TYPE_CHECKING:
    from pathlib import Path

    from tools.fork.files import Files

BEFORE = b"one\ntwo\nthree\n"
AFTER = b"one\n2\nthree\n"
HUNK = "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
PATCH = make_patch(ENGINE, BEFORE, AFTER, HUNK)


def patched(patch: bytes, files: Files) -> Files:
    result = dict(files)
    for change in parse("a.patch", patch):
        apply(change, result)
    return result


def test_apply() -> None:
    assert patched(PATCH, {ENGINE: BEFORE, "other": b""}) == {ENGINE: AFTER, "other": b""}


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("one\n-two", "1\n-two", "the change of cibuildwheel/engine.py does not match at line 1"),
        ("@@ -1,3", "@@ -2,3", "the change of cibuildwheel/engine.py does not match at line 2"),
        ("@@ -1,3", "@@ -9,3", "the change of cibuildwheel/engine.py does not match at line 9"),
        ("@@ -1,3", "@@ -0,3", "the change of cibuildwheel/engine.py does not match at line 0"),
        ("@@ -1,3", "@@ -1,2", "a.patch:13: the hunk is longer than its header says"),
        ("@@ -1,3", "@@ -1,4", "a.patch:14: expected the next file or the end mark"),
        ("@@ -1,3", "@@ 1,3", "expected the next file or the end mark"),
        ("+2\n", "*2\n", "a.patch:11: expected a line of the hunk"),
        ("+2\n", "+3\n", "but gives blob"),
        ("+2\n", "+2\r\n", "but gives blob"),
        ("+2\n", "+2\n\\ No newline at end of file\n", "but gives blob"),
        ("index 4cb", "index 4cc", "was made for blob 4cc"),
        (" 100644", " 120000", "a.patch:5: expected an `index` line with full ids"),
        ("..", "..abc", "a.patch:5: expected an `index` line with full ids"),
        ("index ", "new file mode 100644\nindex ", "contradicts whether cibuildwheel/engine.py is"),
        ("index ", "old mode 100644\nindex ", "a.patch:5: expected an `index` line with full ids"),
        ("--- a/", "--- b/", "a.patch:6: expected the next file or the end mark"),
        ("+++ b/", "+++ a/", "a.patch:7: expected a `+++` line with the same file"),
        ("b/cibuildwheel/engine.py\ni", "b/cibuildwheel/e.py\ni", "engine.py is renamed"),
        ("cibuildwheel/engine", "../engine", "../engine.py is not a file of upstream's that"),
        ("cibuildwheel/engine", "test/../engine", "is not a file of upstream's that a patch may"),
        ("cibuildwheel/engine", "cibuildwhell/engine", "is not a file of upstream's that a patch"),
        ("diff --git", "diff --cc", "a.patch:4: expected a `diff --git` line"),
        (SIGNATURE, "2.47.1", "expected the next file or the end mark"),
        (f"{SIGNATURE}\n\n", f"{SIGNATURE}\n\nmore\n", "expected the next file or the end mark"),
        (HUNK, "", "but gives blob"),
        (
            "diff --git a/cibuildwheel/engine.py b/cibuildwheel/engine.py\n",
            "",
            "a.patch:4: part of",
        ),
        (HUNK, HUNK + HUNK, "does not match at line 1"),
    ],
)
def test_refused(old: str, new: str, message: str) -> None:
    assert old in PATCH.decode()
    with pytest.raises(ForkError) as error:
        patched(PATCH.decode().replace(old, new).encode(), {ENGINE: BEFORE})
    assert message in str(error.value)
    assert str(error.value).startswith("a.patch:")


def test_refuses_what_is_cut_short() -> None:
    for length in range(len(PATCH)):
        with pytest.raises(ForkError, match=r"^a\.patch:\d+: "):
            parse("a.patch", PATCH[:length])


def test_refuses_a_repeated_context_that_has_moved() -> None:
    before, after = b"a\nb\n" * 2, b"a\nnew\nb\na\nb\n"
    patch = make_patch(ENGINE, before, after, "@@ -1,2 +1,3 @@\n a\n+new\n b\n")
    assert patched(patch, {ENGINE: before}) == {ENGINE: after}
    with pytest.raises(ForkError, match="was made for blob"):
        patched(patch, {ENGINE: b"a\nb\n" + before})


def test_refuses_a_file_that_is_not_there() -> None:
    patch = make_patch("cibuildwheel/other.py", b"", b"new\n", "@@ -0,0 +1 @@\n+new\n")
    with pytest.raises(ForkError, match=r"was made for blob \w+, but there is no file"):
        patched(patch, {ENGINE: BEFORE})


def test_leaves_the_files_alone_when_it_refuses() -> None:
    files = {ENGINE: b"one\ntwo\nthree\nfour\n"}
    (change,) = parse("a.patch", PATCH)
    with pytest.raises(ForkError):
        apply(change, files)
    assert files == {ENGINE: b"one\ntwo\nthree\nfour\n"}


class Repository:
    """A git repository that makes patches as `python -m tools.fork export` does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q")
        (folder / ".git/info/attributes").write_text("* -text\n")

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, input=stdin, check=True, capture_output=True
        )
        return done.stdout

    def patch(self, before: Files, after: Files) -> bytes:
        stream = self.commit("before", before) + self.commit("after", after)
        self.git("fast-import", "--quiet", "--force", stdin=stream)
        diff = self.git("diff", "-U1", "--full-index", "--no-renames", "before", "after")
        return b"Subject: x\n\n" + strip_function_names(diff) + f"-- \n{SIGNATURE}\n\n".encode()

    @staticmethod
    def commit(branch: str, files: Files) -> bytes:
        head = f"commit refs/heads/{branch}\ncommitter x <x> 0 +0000\ndata 0\ndeleteall\n"
        return head.encode() + b"".join(
            b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(data), data)
            for path, data in files.items()
        )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


#: Few different lines, so that contexts repeat; and what looks like a diff, or ends otherwise.
LINES = st.sampled_from(
    [b"a", b"b", b"", b"-- ", b"-a", b"+b", b"@@ -1 +1 @@", b"c\r", b"\x0cd", b"\xff"]
)
CONTENT = st.builds(
    lambda lines, end: b"\n".join(lines) + end,
    st.lists(LINES, max_size=12),
    st.sampled_from([b"", b"\n"]),
)
# Each example is several processes of git.
FEWER = settings(deadline=None, max_examples=40)
FILES = st.dictionaries(
    st.sampled_from(["cibuildwheel/a.py", "cibuildwheel/b/c.py", "unit_test/d.py"]), CONTENT
)


@FEWER
@given(before=FILES, after=FILES)
def test_applies_what_git_writes(repository: Repository, before: Files, after: Files) -> None:
    assume(before != after)
    assert patched(repository.patch(before, after), before) == after


@FEWER
@given(before=FILES, after=FILES, other=FILES)
def test_refuses_another_original(
    repository: Repository, before: Files, after: Files, other: Files
) -> None:
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assume(any(other.get(path) != before.get(path) for path in changed))
    with pytest.raises(ForkError):
        patched(repository.patch(before, after), other)


@FEWER
@given(before=FILES, after=FILES, data=st.data())
def test_a_damaged_patch_is_refused_or_does_the_same(
    repository: Repository, before: Files, after: Files, data: st.DataObject
) -> None:
    assume(before != after)
    patch = repository.patch(before, after)
    at = data.draw(st.integers(0, len(patch) - 1), label="at")
    length = data.draw(st.integers(0, 40), label="length")
    damage = data.draw(st.binary(max_size=3) | st.sampled_from([b"\n", b" ", b"-", b"+"]))
    try:
        result = patched(patch[:at] + damage + patch[at + length :], before)
    except ForkError:
        return
    assert result == after
