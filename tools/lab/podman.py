"""Podman in a sandbox: what it is told by its configuration files, for root or a user."""

import json
import resource
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from tools.lab.roots import USER, USER_ID
from tools.lab.sandbox import Sandbox

RESET = """
podman rm --all --force --time 0 >/dev/null
podman rmi --all --force >/dev/null
podman images --all --quiet
"""
"""Empties podman and prints the images that stayed."""

BECOME_USER = [
    "setpriv", f"--reuid={USER_ID}", f"--regid={USER_ID}", "--init-groups",
    "env", f"HOME=/home/{USER}", f"USER={USER}", f"XDG_RUNTIME_DIR=/run/user/{USER_ID}",
]  # fmt: skip
"""The beginning of a command that makes its rest run as the user of rootless podman."""

AS_USER = [*BECOME_USER, "setpriv", "--pdeathsig=KILL"]
"""The same, and end with its parent: what an earlier process has set is gone with the user."""


def configure(sandbox: Sandbox, *, rootless: bool) -> None:
    """Write podman's configuration, with its storage in the sandbox's folder.

    Raises LabError when a file can't be written.
    """
    storage = sandbox.folder / "data" / "storage"
    run, home, user = run_folder(rootless=rootless), "/etc", []
    if rootless:
        home, user = f"/home/{USER}/.config", AS_USER
        for folder in (run, str(storage)):
            sandbox.run("install", "--directory", f"--owner={USER}", "--mode=700", folder)
    files = {
        "containers.conf": f"""
            [containers]
            default_ulimits = {json.dumps(_limits())}
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            """,
        "storage.conf": f"""
            [storage]
            driver = "overlay"
            graphroot = "{storage}"
            runroot = "{run}/storage"
            """,
    }
    for name, text in files.items():
        sandbox.write(f"{home}/containers/{name}", textwrap.dedent(text), user=user)


def run_folder(*, rootless: bool) -> str:
    """Return the folder in the sandbox for what podman needs only while it is up."""
    return f"/run/user/{USER_ID}" if rootless else "/run/containers"


@contextmanager
def service(sandbox: Sandbox, *, rootless: bool) -> Iterator[str]:
    """Run podman as a service, and give the path of its socket; the host sees that of root's, too.

    Raises LabError when it doesn't start.
    """
    folder = run_folder(rootless=True) if rootless else sandbox.folder
    socket = f"{folder}/podman.sock"
    user = AS_USER if rootless else []
    command = ["podman", "system", "service", "--time=0", f"unix://{socket}"]
    process = sandbox.spawn("service", *user, *command)
    try:
        wait = 'for _ in $(seq 100); do [ -S "$1" ] && exit; sleep 0.1; done; exit 1'
        sandbox.run("sh", "-c", wait, "sh", socket)
        yield socket
    finally:
        process.end()


def _limits() -> list[str]:
    """Return this process's own limits: more, as podman would have it, takes CAP_SYS_RESOURCE."""
    most = {
        "nofile": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "nproc": resource.getrlimit(resource.RLIMIT_NPROC)[1],
    }
    return [f"{name}={limit}:{limit}" for name, limit in most.items()]
