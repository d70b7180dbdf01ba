"""The command line: `python -m tools.images`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.images.archive import docker_archive, oci_layout
from tools.images.document import Image
from tools.images.errors import ImageError
from tools.images.manylinux import manylinux
from tools.images.musllinux import musllinux
from tools.images.ports import OTHER_PORTS, PLATFORMS
from tools.images.push import push
from tools.images.shapes import SHAPES, Contents
from tools.images.tiny import tiny

ROOTS: dict[str, Contents] = {"tiny": tiny, "manylinux": manylinux, "musllinux": musllinux}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what can't be done is said on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except ImageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _shapes(_: argparse.Namespace) -> None:
    width = max(map(len, SHAPES))
    for shape in SHAPES.values():
        only = "" if shape.platforms == PLATFORMS else f" ({', '.join(shape.platforms)})"
        print(f"{shape.name:{width}}  {shape.summary}{only}")


def _rootfs(options: argparse.Namespace) -> None:
    for platform in options.platform:
        for layer in ROOTS[options.root](platform).layers:
            print(f"{platform}  {layer.blob.digest}  {layer.blob.size / 1e6:.1f} MB")


def _push(options: argparse.Namespace) -> None:
    print(push(_image(options), options.reference))


def _save(options: argparse.Namespace) -> None:
    image = _image(options)
    write = oci_layout if image.children or options.oci else docker_archive
    with options.file.open("wb") as target:
        write(image, options.reference, target)


def _image(options: argparse.Namespace) -> Image:
    shape = SHAPES[options.shape]
    if options.platform not in shape.platforms:
        msg = f"the shape {shape.name} exists for {', '.join(shape.platforms)} only"
        raise ImageError(msg)
    return shape.make(options.platform, ROOTS[options.root])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.images", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("shapes", help="list the shapes that an image can have")
    command.set_defaults(run=_shapes)

    command = commands.add_parser("rootfs", help="make root file systems, or find them made")
    command.add_argument("--root", choices=ROOTS, default="manylinux")
    everything = [*PLATFORMS, *OTHER_PORTS]
    command.add_argument(
        "--platform", action="append", required=True, choices=everything, metavar="PLATFORM"
    )
    command.set_defaults(run=_rootfs)

    for name, run, summary in (
        ("push", _push, "make an image and put it into a registry"),
        ("save", _save, "make an image and write it as an archive to load"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("--shape", choices=SHAPES, required=True, metavar="SHAPE")
        command.add_argument("--platform", choices=PLATFORMS, required=True, metavar="PLATFORM")
        command.add_argument("--root", choices=ROOTS, default="tiny")
        if name == "save":
            command.add_argument("--oci", action="store_true", help="as an OCI layout")
            command.add_argument("file", type=Path)
        command.add_argument("reference", help="host:port/name:tag")
        command.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
