"""The handlers of this machine's kernel that let it run programs of other architectures.

See https://docs.kernel.org/admin-guide/binfmt-misc.html. All engines of the machine share them.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = Path("/proc/sys/fs/binfmt_misc")
_NAMES = {
    "linux/amd64": "qemu-x86_64",
    "linux/386": "qemu-i386",
    "linux/arm64": "qemu-aarch64",
    "linux/arm/v7": "qemu-arm",
    "linux/ppc64le": "qemu-ppc64le",
    "linux/s390x": "qemu-s390x",
    "linux/riscv64": "qemu-riscv64",
}
"""By platform, what a handler of it is called."""

_NATIVE = {
    "x86_64": ("linux/amd64", "linux/386"),
    "aarch64": ("linux/arm64",),
    "ppc64le": ("linux/ppc64le",),
    "s390x": ("linux/s390x",),
    "riscv64": ("linux/riscv64",),
}


def lacking(platform: str) -> str | None:
    """Why this machine can't run `platform`; None if it can."""
    name = _NAMES[platform]
    if platform in _NATIVE.get(os.uname().machine, ()) or (_FOLDER / name).exists():
        return None
    return f"this machine has no handler {name}"


@contextmanager
def no_handler(name: str) -> Iterator[None]:
    """Have the handler `name`, such as `qemu-s390x`, turned off; raises OSError if it can't be."""
    handler = _FOLDER / name
    handler.write_text("0")
    try:
        yield
    finally:
        handler.write_text("1")


@contextmanager
def handler_without_f(name: str) -> Iterator[None]:
    """Have a handler like `name` that looks for its emulator inside the container.

    Raises OSError if there can't be one.
    """
    lines = (_FOLDER / name).read_text().splitlines()
    facts = dict(line.split(" ", 1) for line in lines if " " in line)
    magic, mask = (re.sub("(..)", r"\\x\1", facts[key]) for key in ("magic", "mask"))
    own = f"{name}-without-f"
    with no_handler(name):
        rule = f":{own}:M::{magic}:{mask}:{facts['interpreter']}:\n"
        (_FOLDER / "register").write_text(rule)
        try:
            yield
        finally:
            (_FOLDER / own).write_text("-1")
