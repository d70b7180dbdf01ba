"""Each build that is refused, with the sentence that the user sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.fork.errors import ForkError
from tools.fork.files import write_tree
from tools.fork.merge import patched
from tools.fork.upstream import verified
from unit_test.fork.conftest import ENGINE, VERSION, Fork, make_patch

if TYPE_CHECKING:
    from collections.abc import Callable

BEFORE = b"one\ntwo\nthree\n"
PATCH = make_patch(ENGINE, BEFORE, b"one\n2\nthree\n", "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n")
INFO = f"cibuildwheel-{VERSION}.dist-info"


def build(fork: Fork, version: str = f"{VERSION}+platform.1") -> None:
    patched(fork.root, version, verified(fork.root))


def tamper(fork: Fork) -> None:
    (fork.site / ENGINE).write_bytes(b"import evil\n")


def tamper_metadata(fork: Fork) -> None:
    (fork.site / INFO / "entry_points.txt").write_bytes(b"[console_scripts]\n")


def remove(fork: Fork) -> None:
    (fork.site / ENGINE).unlink()


def remove_two(fork: Fork) -> None:
    (fork.site / ENGINE).unlink()
    (fork.site / "cibuildwheel/resources/schema.json").unlink()


def add(fork: Fork) -> None:
    (fork.site / "cibuildwheel/evil.py").touch()


def install_other_version(fork: Fork) -> None:
    (fork.site / INFO).rename(fork.site / "cibuildwheel-1.2.4.dist-info")
    metadata = fork.site / "cibuildwheel-1.2.4.dist-info/METADATA"
    metadata.write_bytes(metadata.read_bytes().replace(b"1.2.3", b"1.2.4"))


def patch_of_other_content(fork: Fork) -> None:
    hunk = "@@ -1,2 +1,2 @@\n one\n-zwei\n+2\n"
    fork.add_patch("a.patch", make_patch(ENGINE, BEFORE, BEFORE, hunk))


def patch_of_other_file(fork: Fork) -> None:
    original = BEFORE + b"four\n"
    result = b"one\n2\nthree\nfour\n"
    hunk = "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
    fork.add_patch("a.patch", make_patch(ENGINE, original, result, hunk))


def patch_cut_in_a_hunk(fork: Fork) -> None:
    fork.add_patch("a.patch", PATCH[: PATCH.index(b"three")])


def patch_cut_after_a_hunk(fork: Fork) -> None:
    fork.add_patch("a.patch", PATCH[: PATCH.index(b"-- \n")])


def patch_not_in_series(fork: Fork) -> None:
    (fork.root / "patches/a.patch").write_bytes(PATCH)


def series_names_no_file(fork: Fork) -> None:
    (fork.root / "patches/series").write_text("a.patch\n")


def series_names_a_patch_twice(fork: Fork) -> None:
    fork.add_patch("a.patch", PATCH)
    (fork.root / "patches/series").write_text("a.patch\na.patch\n")


def no_series(fork: Fork) -> None:
    (fork.root / "patches/series").unlink()


def own_file_shadows(fork: Fork) -> None:
    write_tree({ENGINE: b""}, fork.root)


def no_lock(fork: Fork) -> None:
    (fork.root / "upstream/lock.toml").unlink()


def lock_without_sdist(fork: Fork) -> None:
    (fork.root / "upstream/lock.toml").write_text('version = "1"\nwheel = "2"\n')


def lock_not_toml(fork: Fork) -> None:
    (fork.root / "upstream/lock.toml").write_text("version: 1\n")


def sums_damaged(fork: Fork) -> None:
    (fork.root / "upstream/SHA256SUMS").write_text("abc cibuildwheel/engine.py\n")


def init_without_version(fork: Fork) -> None:
    release = fork.publish("1.2.5")
    release["cibuildwheel/__init__.py"] = b"__version__ = version()\n"
    write_tree(release, fork.site)
    fork.pin("1.2.5", release)


REFUSED: dict[Callable[[Fork], None], str] = {
    tamper: "{site}/{ENGINE} is not upstream's: its hash is not that in upstream/SHA256SUMS",
    tamper_metadata: (
        "{site}/{INFO}/entry_points.txt is not upstream's:"
        " its hash is not that in upstream/SHA256SUMS"
    ),
    remove: "{site}/{ENGINE} is missing, but upstream/SHA256SUMS lists it",
    remove_two: (
        "{site}/{ENGINE} is missing, but upstream/SHA256SUMS lists it"
        " (and 1 other file is not as listed)"
    ),
    add: "{site}/cibuildwheel/evil.py is not in upstream/SHA256SUMS, so it is not upstream's",
    patch_of_other_content: (
        "patches/a.patch: the change of cibuildwheel/engine.py does not match at line 1"
    ),
    patch_of_other_file: (
        "patches/a.patch: the change of cibuildwheel/engine.py was made for blob"
        " f384549cbeb481e437091320de6d1f2e15e11b4a, but there is blob"
        " 4cb29ea38f70d7c61b2a3a25b02e3bdf44905402"
    ),
    patch_cut_in_a_hunk: "patches/a.patch:12: cut short, before a line of the hunk",
    patch_cut_after_a_hunk: "patches/a.patch:13: cut short, before the next file or the end mark",
    patch_not_in_series: "patches/a.patch is missing from patches/series",
    series_names_no_file: "patches/series names a.patch, but there is no patches/a.patch",
    series_names_a_patch_twice: "patches/series names a.patch more than once",
    no_series: "{root}/patches/series: No such file or directory",
    own_file_shadows: (
        "cibuildwheel/engine.py shadows the file of the same name in upstream's package"
    ),
    no_lock: "{root}/upstream/lock.toml: No such file or directory",
    lock_without_sdist: (
        "{root}/upstream/lock.toml: needs exactly the strings version, wheel and sdist"
    ),
    lock_not_toml: (
        "{root}/upstream/lock.toml: Expected '=' after a key in a key/value pair"
        " (at line 1, column 8)"
    ),
    sums_damaged: "{root}/upstream/SHA256SUMS:1: not a line of sha256sum",
}


@pytest.mark.parametrize("damage", REFUSED, ids=lambda damage: damage.__name__)
def test_refused(fork: Fork, damage: Callable[[Fork], None]) -> None:
    build(fork)
    damage(fork)
    with pytest.raises(ForkError) as error:
        build(fork)
    places = {"root": fork.root, "site": fork.site, "ENGINE": ENGINE, "INFO": INFO}
    assert str(error.value) == REFUSED[damage].format_map(places)


def test_refuses_another_version_of_upstream(fork: Fork) -> None:
    install_other_version(fork)
    with pytest.raises(ForkError) as error:
        build(fork)
    assert str(error.value).startswith(
        "cibuildwheel 1.2.3 is not installed in the build environment (found: 1.2.4"
    )
    assert str(error.value).endswith(
        "; a build without isolation needs it on PYTHONPATH, from:"
        " pip install --no-deps --target DIR cibuildwheel===1.2.3"
    )


@pytest.mark.parametrize("version", ["1.2.3", "1.2.4+platform.1", "1.2.30+platform.1", "1.2.3+"])
def test_refuses_a_version_that_is_not_upstreams(fork: Fork, version: str) -> None:
    with pytest.raises(ForkError) as error:
        build(fork, version)
    assert str(error.value) == (
        f"pyproject.toml: project.version is {version}, but upstream/lock.toml pins 1.2.3:"
        " it has to be 1.2.3+platform.N"
    )


def test_refuses_a_release_whose_version_cannot_be_replaced(fork: Fork) -> None:
    init_without_version(fork)
    with pytest.raises(ForkError) as error:
        build(fork, "1.2.5+platform.1")
    assert str(error.value) == (
        "cibuildwheel/__init__.py: does not have exactly one '__version__ = \"1.2.5\"'"
    )
