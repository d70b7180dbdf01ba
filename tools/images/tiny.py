"""A root file system of one static program: a shell and the usual small commands."""

import uuid
from dataclasses import replace
from functools import cache
from pathlib import Path

from tools.images.document import Content
from tools.images.layer import Layer, Member, anew, file, folder, layer, link
from tools.images.program import program

COMMANDS = [
    *("[", "arch", "awk", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "echo"),
    *("env", "expr", "false", "find", "grep", "gunzip", "gzip", "head", "id", "kill", "linux32"),
    *("linux64", "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "od", "printenv", "printf", "ps"),
    *("pwd", "readlink", "realpath", "rm", "rmdir", "sed", "seq", "sh", "sha256sum", "sleep"),
    *("sort", "stat", "tail", "tar", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc"),
    *("which", "xargs", "yes"),
]

CONFIG = {
    "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
    "Cmd": ["/bin/sh", "-c", "uname -m; cat /etc/platform"],
}

# busybox goes by the name that it is called by, and is not built to answer to this one.
BASH = b'#!/bin/sh\nexec /bin/sh "$@"\n'


@cache
def tiny(platform: str) -> Content:
    """The content of `platform`: about 1 MB, with `/etc/platform` naming what it really is.

    Raises ImageError if Debian has no such port, or it cannot be fetched.
    """
    return Content(layers=(_programs(platform), _name(platform)), config=CONFIG)


def unseen(platform: str) -> Content:
    """`tiny` as no engine has ever stored it.

    Of an image that was removed, Docker can keep layers (https://github.com/moby/moby/issues/45939,
    seen with 20.10) and manifests (https://github.com/moby/moby/pull/41607), and doesn't read these
    again. Podman takes any layer that it has by the digest, whatever is below it, also when what it
    was of has just been removed.
    """
    of = tiny(platform)
    # A layer is known by what is below it, too (OCI image spec, config.md, "Layer ChainID").
    lowest = layer([file("etc/mark", uuid.uuid4().bytes)])
    return replace(of, layers=(lowest, *map(anew, of.layers)))


def without_a_shell(platform: str) -> Content:
    """`tiny` without any program."""
    return replace(tiny(platform), layers=(_name(platform),))


def entrypoint_that_ends(platform: str) -> Content:
    """`tiny` with an entrypoint that complains and returns 3."""
    of = tiny(platform)
    script = "echo the entrypoint ends >&2; exit 3"
    return replace(of, config={**of.config, "Entrypoint": ["/bin/sh", "-c", script]})


def _programs(platform: str) -> Layer:
    return layer(_members(busybox(platform).read_bytes()))


def _members(shell: bytes) -> list[Member]:
    return [
        *(folder(name) for name in ("bin", "dev", "etc", "proc", "root", "sys", "usr", "usr/bin")),
        folder("tmp", 0o1777),
        file("bin/busybox", shell, 0o755),
        *(link(f"bin/{name}", "busybox") for name in COMMANDS),
        file("bin/bash", BASH, 0o755),
        link("usr/bin/env", "../../bin/busybox"),
        file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
        file("etc/group", b"root:x:0:\n"),
    ]


def _name(platform: str) -> Layer:
    return layer([file("etc/platform", f"{platform}\n".encode())])


def busybox(platform: str) -> Path:
    """Debian's static busybox for `platform`, as a file in the cache."""
    return program(platform, "busybox-static", "busybox")
