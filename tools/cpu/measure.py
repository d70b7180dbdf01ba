"""One command in an emulated root file system: what it costs, or what it says."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cibuildwheel.oci.wanted.platform import LINUX, WHEEL_ARCHITECTURES, Platform
from tools.cpu.candidates import PROGRAMS, Generation
from tools.cpu.qemu import programs, rule
from tools.cpu.root import root, work

_PRIVATE = Path(__file__).with_name("private.sh")


@dataclass(frozen=True)
class Machine:
    """An architecture as one generation of QEMU emulates it, with the work to be done."""

    architecture: str
    generation: Generation
    root: Path
    work: Path
    program: Path

    @classmethod
    def of(cls, architecture: str, generation: Generation) -> "Machine":
        """Make what is needed, or find it made. Raises ImageError if it can't be had."""
        platform = str(Platform(LINUX, *WHEEL_ARCHITECTURES[architecture]))
        program = programs(generation) / PROGRAMS[architecture]
        return cls(architecture, generation, root(platform), work(), program)

    def version(self) -> str:
        """The version that QEMU itself tells."""
        command = [str(self.program), "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return said.splitlines()[0].removeprefix(self.program.name).strip()

    def command(self, cpu: str, *command: str) -> list[str]:
        """What runs `command` on the emulated CPU `cpu`."""
        registered = rule(self.architecture, self.program)
        private = [_PRIVATE, self.root, registered, self.work, cpu]
        unshare = ["unshare", "--user", "--map-root-user", "--mount"]
        return [*unshare, "sh", *map(str, private), *command]

    def cost(self, cpu: str, script: str) -> float:
        """The seconds of processor time that a script of the shell takes.

        Raises RuntimeError, with what it wrote, if it fails.
        """
        command = self.command(cpu, "sh", "-c", script)
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip()
                msg = f"{script!r} failed on {self} with QEMU_CPU={cpu!r}: {said}"
                raise RuntimeError(msg)
        return usage.ru_utime + usage.ru_stime

    def ask(self, cpu: str, *command: str) -> str | None:
        """What `command` writes; None if it fails, as when QEMU has no such CPU."""
        ran = subprocess.run(
            self.command(cpu, *command), capture_output=True, text=True, check=False
        )
        return None if ran.returncode else ran.stdout

    def __str__(self) -> str:
        """Where it is, for a message."""
        return f"{self.architecture} of QEMU {self.generation.release}"
