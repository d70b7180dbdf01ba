"""Entrypoints as images in the wild have them, over a root file system with a real bash."""

from dataclasses import dataclass, replace
from functools import cache

from tools.images.document import Content
from tools.images.layer import file, layer, link
from tools.images.program import program
from tools.images.tiny import tiny

SCRIPT = "/entrypoint"


@dataclass(frozen=True)
class Entrypoint:
    """What an image sets: `command`, the text of `SCRIPT` if that has one, and further `config`."""

    command: tuple[str, ...] = (SCRIPT,)
    script: str = ""
    config: tuple[tuple[str, object], ...] = ()


def _script(*lines: str, shell: str = "/bin/sh") -> Entrypoint:
    return Entrypoint(script="\n".join((f"#!{shell}", *lines, "")))


# `["scl", "enable", NAME, "--"]` joins the words behind its `--` and has a shell run them.
SCL = ('shift; [ "$1" = -- ] && shift', 'exec /bin/bash -c "$*"')

ENTRYPOINTS = {
    "none": Entrypoint(()),
    # https://github.com/pypa/manylinux: docker/manylinux-entrypoint
    'exec "$@"': _script('exec "$@"'),
    "exec $@": _script("exec $@"),
    'sh -c "$*"': _script('sh -c "$*"'),
    "exec $* in bash": _script('exec bash -c "$*"', shell="/bin/bash"),
    "bash -c": Entrypoint(("/bin/bash", "-c")),
    "bash -lc": Entrypoint(("/bin/bash", "-lc")),
    "sh -c": Entrypoint(("/bin/sh", "-c")),
    "bash -l -c": _script('exec bash -l -c "$@"', shell="/bin/bash"),
    "scl": Entrypoint((SCRIPT, "toolset", "--"), "\n".join(("#!/bin/sh", *SCL, ""))),
    "linux32": _script('exec linux32 "$@"'),
    "prints": _script("echo welcome", "echo to this image >&2", "printf '> '", 'exec "$@"'),
    "prints a zero byte": _script("printf 'a\\0b\\0'", 'exec "$@"'),
    "reads a line": _script("read -r answer", 'exec "$@"'),
    "changes the folder": _script("cd /tmp", 'exec "$@"'),
    "sets variables": _script("export FROM_ENTRYPOINT='a b'", "umask 027", 'exec "$@"'),
    "sets the CPU": _script("export QEMU_CPU=max", 'exec "$@"'),
    "is a child": _script('"$@"'),
    "ignores the command": _script("exec /bin/sh"),
    "another user": _script('exec su builder -c "$*"'),
    "a user": Entrypoint((), config=(("User", "builder"),)),
    "BASH_ENV": Entrypoint((), config=(("Env", ("BASH_ENV=/etc/bash-env",)),)),
}


@cache
def with_bash(platform: str) -> Content:
    """`tiny` with Debian's static bash in place of a script, and a user `builder`."""
    of = tiny(platform)
    users = b"root:x:0:0:root:/root:/bin/sh\nbuilder:x:1000:1000::/tmp:/bin/sh\n"
    more = [
        file("bin/bash", program(platform, "bash-static", "bash-static").read_bytes(), 0o755),
        link("bin/su", "busybox"),
        file("etc/passwd", users),
        file("etc/group", b"root:x:0:\nbuilder:x:1000:\n"),
        file("etc/bash-env", b'COUNT="${COUNT-}x"; export COUNT\n'),
    ]
    return replace(of, layers=(*of.layers, layer(more)))


def with_entrypoint(platform: str, name: str) -> Content:
    """`with_bash` of `platform` with the entrypoint that is called `name` in ENTRYPOINTS."""
    of, entrypoint = with_bash(platform), ENTRYPOINTS[name]
    layers = tuple(of.layers)
    if entrypoint.script:
        layers += (layer([file(SCRIPT[1:], entrypoint.script.encode(), 0o755)]),)
    more = dict(entrypoint.config)
    env = [*of.config["Env"], *more.pop("Env", ())]  # type: ignore[misc]
    config = {**of.config, "Env": env, **more}
    if entrypoint.command:
        config["Entrypoint"] = list(entrypoint.command)
    return Content(layers, config)
