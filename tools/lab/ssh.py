"""A real sshd with the distribution's defaults in front of an engine, slow to let anybody in."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tools.lab.errors import LabError
from tools.lab.process import Process
from tools.lab.sandbox import Sandbox

_PORT, _SLOW_PORT = 2222, 2223
_HERE = Path(__file__).parent
# Its program is the host's, and so are the files that it reads.
_NAMESPACES = "cgroup,net,pid"
_SERVER = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
# The keys are below /tmp.
StrictModes no
SetEnv PATH={path}
"""
_CLIENT = """
IdentityFile {folder}/user
UserKnownHostsFile {folder}/known_hosts
StrictHostKeyChecking accept-new
BatchMode yes
"""
# The engine's own root file system has no ssh: what runs in the sandbox borrows the host's.
_BORROWED = """#!/bin/sh
exec nsenter --mount="/proc/$(cat {folder}/pid)/ns/mnt" ssh -F {folder}/client "$@"
"""
_AWAIT = """
for _ in $(seq 100); do ss -Hltn "sport = :$1" | grep -q . && exit; sleep 0.1; done; exit 1
"""


class Sshd:
    """An sshd in a sandbox: `address` is user, host and port, and `key` a file to get in with.

    What a client says first takes `delay` seconds to get there, and no more than `rate` bytes a
    second do, if that is given. `path` is where it finds commands, `home` a folder of its own.
    """

    address = f"root@127.0.0.1:{_SLOW_PORT}"

    def __init__(self, sandbox: Sandbox, path: str, delay: float, rate: float = 0) -> None:
        """Make one that isn't up; raises LabError where there is no such program."""
        program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
        if not program:
            message = "sshd is not installed: apt-get install openssh-server"
            raise LabError(message)
        self._program, self._sandbox, self._path = program, sandbox, path
        self._link = ("--delay", str(delay), "--rate", str(rate))
        self.home = sandbox.folder / "ssh"
        self.key = self.home / "user"
        self._slow: Process | None = None
        self._server: Process | None = None

    def start(self) -> None:
        """Bring it up; raises LabError when it doesn't come up."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        for name in ("host", "user"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.home / name)]
            subprocess.run(make, check=True)
        server = _SERVER.format(port=_PORT, folder=self.home, path=self._path)
        (self.home / "server").write_text(server)
        (self.home / "client").write_text(_CLIENT.format(folder=self.home))
        borrowed = _BORROWED.format(folder=shlex.quote(str(self.home)))
        self._sandbox.write("/usr/local/bin/ssh", borrowed)
        self._sandbox.run("chmod", "+x", "/usr/local/bin/ssh")
        script = f'echo $$ >{shlex.quote(str(self.home / "pid"))}; exec "$@"'
        forward = (sys.executable, "-I", str(_HERE / "forward.py"), str(_SLOW_PORT), str(_PORT))
        self._slow = self._spawn("ssh-delay", "sh", "-c", script, "sh", *forward, *self._link)
        self._await(_SLOW_PORT)
        self.open()

    def open(self) -> None:
        """Let those in who have the key; raises LabError when it doesn't come up."""
        script = 'mkdir -p /run/sshd; exec "$@"'
        sshd = (self._program, "-D", "-e", "-f", str(self.home / "server"))
        self._server = self._spawn("sshd", "sh", "-c", script, "sh", *sshd)
        self._await(_PORT)

    def close(self) -> None:
        """Turn away who comes, as it does when too many come at once; who is in stays."""
        if self._server:
            self._server.end()

    def stop(self) -> None:
        """Take it down."""
        self.close()
        if self._slow:
            self._slow.end()

    def log(self) -> str:
        """Return what it has logged."""
        return (self._sandbox.folder / "log" / "sshd").read_text()

    def _spawn(self, log: str, *command: str) -> Process:
        return self._sandbox.spawn(log, *command, namespaces=_NAMESPACES)

    def _await(self, port: int) -> None:
        self._sandbox.run("sh", "-c", _AWAIT, "sh", str(port))
