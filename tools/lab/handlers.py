"""The handlers of this machine's kernel that let it run programs of other architectures.

See https://docs.kernel.org/admin-guide/binfmt-misc.html. All engines of the machine share them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = Path("/proc/sys/fs/binfmt_misc")


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
