"""Mounts a folder a second time, with root's files there a user's own and the other way round.

    python -I -S idmap.py SOURCE TARGET ID

What is mounted below SOURCE isn't seen below TARGET. Needs Linux 5.12, and a file system that can
be so mounted (mount_setattr(2), "ID-mapped mounts").
"""

# To import pathlib would take longer than all else here.
# ruff: noqa: PTH115, PTH123

import ctypes
import os
import signal
import sys

_AT_EMPTY_PATH = 0x1000
_AT_FDCWD = -100
_CLONE_NEWUSER = 0x10000000
_MOUNT_ATTR_IDMAP = 0x00100000
_MOVE_MOUNT_F_EMPTY_PATH = 0x4
_OPEN_TREE_CLONE = 0x1
# The same numbers on every architecture.
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442

_libc = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    """`struct mount_attr` of linux/mount.h."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def mount(source: str, target: str, user: int) -> None:
    """Mount `source` at `target` with `user` and root exchanged; raises OSError."""
    tree = _call(_OPEN_TREE, _AT_FDCWD, source.encode(), _OPEN_TREE_CLONE)
    attributes = _Attributes(set=_MOUNT_ATTR_IDMAP, userns=_exchange(user))
    size = ctypes.sizeof(attributes)
    _call(_MOUNT_SETATTR, tree, b"", _AT_EMPTY_PATH, ctypes.byref(attributes), size)
    _call(_MOVE_MOUNT, tree, b"", _AT_FDCWD, target.encode(), _MOVE_MOUNT_F_EMPTY_PATH)


def _exchange(user: int) -> int:
    """Return a handle of a user namespace that has root and `user` exchanged."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        # The namespace lives as long as this process, then as long as the mount. The id is the one
        # that /proc knows, which may be that of another process namespace.
        os.write(write, b"" if _libc.unshare(_CLONE_NEWUSER) else os.readlink(b"/proc/self"))
        os.close(write)
        signal.pause()
    try:
        os.close(write)
        pid = os.read(read, 20).decode()
        if not pid:
            message = "no user namespace can be made"
            raise OSError(message)
        rest = 2**32 - 2 - user
        lines = f"0 {user} 1\n1 1 {user - 1}\n{user} 0 1\n{user + 1} {user + 1} {rest}\n"
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{pid}/{name}", "w", encoding="utf-8") as file:
                file.write(lines)
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


if __name__ == "__main__":
    try:
        mount(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except OSError as error:
        sys.exit(f"{sys.argv[1]} can't be mounted with its owners mapped: {error}")
