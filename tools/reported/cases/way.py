"""What is between a client and its engine, or its registry."""

from tools.lab import docker
from tools.reported.row import DOCKER, Open, Row
from tools.reported.stage import Stage, indexed

AMD64, ARM64 = "linux/amd64", "linux/arm64"
PORT = 2375
SOCKET_PROXY = "https://github.com/linuxserver/docker-socket-proxy/issues/33"
SLOW = "https://github.com/moby/moby/issues/22322"
# Once, for longer than any answer takes on a machine that is well.
WAITS = """
if [ "$1 $2" = "image inspect" ] && mkdir "{flag}" 2>/dev/null; then sleep 33; fi
PATH=${{PATH#*:}} exec {kind} "$@"
"""


def _socket_proxy(stage: Stage) -> str:
    socket = str(docker.socket_path(stage.engine.sandbox))
    stage.stack.enter_context(stage.engine.forward(PORT, socket, "--deny", "/info"))
    stage.env["DOCKER_HOST"] = f"tcp://127.0.0.1:{PORT}"
    return stage.push(indexed(AMD64, ARM64))


def _slow(stage: Stage) -> str:
    flag = stage.folder / "waited"
    stage.program(stage.engine.kind, WAITS.format(flag=flag, kind=stage.engine.kind))
    return stage.push(indexed(AMD64, ARM64))


ROWS = (
    Row(
        "socket-proxy",
        SOCKET_PROXY,
        "what lets others use Docker's socket does not let them ask for `docker info`",
        _socket_proxy,
        ARM64,
        Open(ARM64),
        engines=DOCKER,
        why="it is for Docker's socket",
    ),
    Row(
        "engine-slow",
        SLOW,
        "the engine takes more than half a minute for an answer",
        _slow,
        ARM64,
        Open(ARM64),
        says=("which is slow",),
        engines=("docker26", "podman5.4"),
        why="one of each kind",
        seconds=120.0,
    ),
)
