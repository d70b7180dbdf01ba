"""A way out of an engine's network namespace, that needs nothing of the host's configuration."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.lab.errors import LabError
from tools.lab.process import Process, spawn
from tools.lab.sandbox import Sandbox

HOST = "192.0.2.2"
"""The host's loopback, as what has an uplink sees it."""

# A range that is nobody's (RFC 5737): rootless podman has slirp4netns's usual one for itself.
_RANGE = "192.0.2.0/24"
# slirp4netns(1) answers at the third address of the range.
_RESOLVER = "nameserver 192.0.2.3\n"


@contextmanager
def uplink(sandbox: Sandbox) -> Iterator[None]:
    """Let what runs in the sandbox reach what the host reaches, for as long as this lasts.

    Raises LabError when it can't be set up.
    """
    options = ["--configure", "--mtu=65520", f"--cidr={_RANGE}"]
    command = ["slirp4netns", *options, str(sandbox.init.pid), "tap0"]
    log = sandbox.folder / "log" / "uplink"
    process = spawn(["setpriv", "--pdeathsig=KILL", *command], os.environ, log)
    try:
        _await_route(process, Path(f"/proc/{sandbox.init.pid}/net/route"), log)
        sandbox.write("/etc/resolv.conf", _RESOLVER)
        yield
    finally:
        process.end()


def _await_route(process: Process, routes: Path, log: Path) -> None:
    deadline = time.monotonic() + 10
    while "tap0\t00000000\t" not in routes.read_text():
        if not process.alive() or time.monotonic() > deadline:
            message = f"no way out of the namespace:\n{log.read_text(errors='replace').strip()}"
            raise LabError(message)
        time.sleep(0.02)
