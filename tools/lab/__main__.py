"""The command line: `python -m tools.lab`."""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.images.errors import ImageError
from tools.lab.errors import LabError
from tools.lab.lab import Lab, changing_lasting_lab, lasting_lab, temporary_lab
from tools.lab.prerequisites import missing, packages
from tools.lab.record import push_images, record
from tools.lab.specs import ALL_SPECS, SPECS

SAMPLES = Path(__file__).parents[2] / "unit_test" / "data" / "engines"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what can't be done is said on standard error."""
    options = _parser().parse_args(arguments)
    try:
        result: int | None = options.run(options)
    except (ImageError, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return result or 0


def _list(_: argparse.Namespace) -> None:
    lab = lasting_lab()
    for spec in ALL_SPECS.values():
        up = "up" if lab.is_up(spec.name) else ""
        print(f"{spec.name:20} {spec.kind} {spec.release:6} {spec.store:10}  {up}".rstrip())
    if why := missing():
        print(f"can't be had here: {why}", file=sys.stderr)


def _up(options: argparse.Namespace) -> None:
    with changing_lasting_lab() as lab:
        lab.open()
        for name in options.engine:
            engine = lab.engine(name)
            print(f"{name}: {engine.kind} {engine.version}, {engine.store} store")
    print(f"push to {lab.registry.address}, pull from {engine.registry.address}")


def _down(options: argparse.Namespace) -> None:
    with changing_lasting_lab() as lab:
        for name in options.engine:
            lab.stop(name)
        if not options.engine or not any(lab.is_up(name) for name in ALL_SPECS):
            lab.close()


def _env(options: argparse.Namespace) -> None:
    lab = lasting_lab()
    if not lab.is_up(options.engine):
        message = f"{options.engine} isn't up: python -m tools.lab up {options.engine}"
        raise LabError(message)
    engine = lab.engine(options.engine)
    for name in os.environ.keys() - engine.env.keys():
        print(f"unset {name}")
    print(f"export PATH={shlex.quote(engine.env['PATH'])}")


def _run(options: argparse.Namespace) -> int:
    with _lab_for(options.engine) as lab:
        engine = lab.engine(options.engine)
        try:
            return subprocess.run(options.command, env=engine.env, check=False).returncode
        except OSError as error:
            message = f"{options.command[0]}: {error.strerror}"
            raise LabError(message) from None


def _record(options: argparse.Namespace) -> None:
    with temporary_lab() as lab:
        digests = push_images(lab)
        for name in options.engine or SPECS:
            record(lab.engine(name), digests, options.target)
            lab.stop(name)


def _prerequisites(_: argparse.Namespace) -> None:
    print(*packages(), sep="\n")


@contextmanager
def _lab_for(name: str) -> Iterator[Lab]:
    """Give the lasting lab where it has the engine `name` up, else one for this command only."""
    lasting = lasting_lab()
    if lasting.is_up(name):
        yield lasting
    else:
        with temporary_lab() as lab:
            yield lab


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int | None], summary: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added

    command("list", _list, "list the engines, and which are up")
    up = command("up", _up, "bring engines up, to stay until `down`")
    up.add_argument("engine", nargs="+", metavar="NAME")
    down = command("down", _down, "take engines down, all if none is named")
    down.add_argument("engine", nargs="*", metavar="NAME")
    run = command("run", _run, "run a command with an engine, brought up for it unless it is up")
    run.add_argument("engine", metavar="NAME")
    run.add_argument("command", nargs="+", metavar="CMD")
    env = command("env", _env, "print the shell commands that make an engine the one to be used")
    env.add_argument("engine", metavar="NAME")
    samples = command("record", _record, "write anew what the engines answer, as tests read it")
    samples.add_argument("engine", nargs="*", metavar="NAME")
    samples.add_argument("--target", type=Path, default=SAMPLES, help="the folder to write to")
    command("prerequisites", _prerequisites, "print the Debian packages that the lab needs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
