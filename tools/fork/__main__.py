"""Maintain the fork: pinned upstream + patches/ + own modules. See docs/maintaining.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.fork import listing, release, upstream_tests
from tools.fork.branch import branch
from tools.fork.bump import bump
from tools.fork.check import check
from tools.fork.checkout import checkout
from tools.fork.editable import TREE
from tools.fork.errors import ForkError
from tools.fork.export import export
from tools.fork.lock import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parents[2]


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Run the subcommand in `words` on the fork in `root`; returns the exit code."""
    arguments = _parser().parse_args(words)
    try:
        return int(arguments.run(root, arguments))
    except ForkError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _checkout(root: Path, _: argparse.Namespace) -> int:
    print(f"the patched tree is {checkout(root)}, branch fork")
    return 0


def _export(root: Path, _: argparse.Namespace) -> int:
    print(f"{len(export(root / TREE, root / 'patches'))} patches in patches/")
    if (root / listing.PAGE).exists():
        listing.write(root)
    return 0


def _list(root: Path, arguments: argparse.Namespace) -> int:
    if arguments.write:
        listing.write(root)
    print(listing.table(root), end="")
    return 0


def _check(root: Path, _: argparse.Namespace) -> int:
    problems = check(root)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if not problems:
        print("patches/ and upstream/ are as they should be")
    return bool(problems)


def _lock(root: Path, arguments: argparse.Namespace) -> int:
    lock(root, arguments.version)
    print(f"upstream/ and pyproject.toml pin {arguments.version}")
    return 0


def _newest(_root: Path, _: argparse.Namespace) -> int:
    print(release.newest())
    return 0


def _bump(root: Path, arguments: argparse.Namespace) -> int:
    print(f"{bump(root, arguments.version)} is rebased: now run export, check and test-upstream")
    return 0


def _branch(root: Path, arguments: argparse.Namespace) -> int:
    name = arguments.name or (Path(arguments.patch[0]).stem if arguments.patch else "platform")
    branch(root, arguments.into, arguments.patch, arguments.onto, name)
    print(f"{arguments.into} has the new branch {name}")
    return 0


def _test_upstream(root: Path, arguments: argparse.Namespace) -> int:
    pristine, patched = upstream_tests.run(root, arguments.pytest_option)
    changed = upstream_tests.changed_modules(root)
    differences = upstream_tests.compare(pristine, patched, changed)
    print(f"pristine: {upstream_tests.summary(pristine)}")
    print(f"patched:  {upstream_tests.summary(patched)}")
    print("".join(f"{difference}\n" for difference in differences), end="")
    return any(difference.regression for difference in differences)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.fork", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[Path, argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    command("checkout", _checkout, f"put the series in patches/ under git in {TREE}")
    command("export", _export, f"write the commits in {TREE} back to patches/")
    made = command("list", _list, "print the series as a table, with the size of each patch")
    made.add_argument("--write", action="store_true", help=f"put it into {listing.PAGE}")
    command("check", _check, "check patches/ and upstream/ as they are committed")
    made = command("lock", _lock, "pin a release of upstream, leaving patches/ as they are")
    made.add_argument("version")
    command("newest", _newest, "print the version of upstream's newest release")
    made = command("bump", _bump, f"pin a release of upstream and rebase {TREE} on it")
    made.add_argument("version")
    made = command("branch", _branch, "write patches as a branch in a clone of upstream")
    made.add_argument("--into", metavar="CLONE", type=Path, required=True)
    made.add_argument(
        "--onto", metavar="COMMIT", default="HEAD", help="start there (default: HEAD)"
    )
    made.add_argument("--name", help="of the branch (default: the first patch's, or platform)")
    made.add_argument("patch", nargs="*", metavar="PATCH", help="its file name (default: all)")
    text = "run upstream's unit tests against the package as published and as patched"
    made = command("test-upstream", _test_upstream, text)
    made.add_argument("pytest_option", nargs="*", metavar="OPTION", help="for pytest, after --")
    return parser


if __name__ == "__main__":
    sys.exit(main())
