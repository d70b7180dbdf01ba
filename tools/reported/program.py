"""A cibuildwheel that is run on a case, on an engine."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cibuildwheel.errors import FatalError
from cibuildwheel.oci import errors
from tools.lab.generation import Generation
from tools.matrix.subject import Subject
from tools.reported.rank import Error
from tools.reported.row import Build, Open, Row
from tools.reported.stage import Stage

DRIVE = Path(__file__).with_name("drive.py")
ERROR = "cibuildwheel: error: "
COMMAND = "Command ["
"""How upstream begins to tell that a command has failed: no word of why."""
LAST = 10
"""The last of upstream's own return codes."""
CODES = {
    of.return_code: name
    for name, of in vars(errors).items()
    if isinstance(of, type) and issubclass(of, FatalError) and of.return_code > LAST
} | {2: "ConfigurationError", 29: "EngineTooOldError"}
"""The classes of errors by the return codes that a whole run ends with."""


@dataclass(frozen=True)
class Came:
    """What came of a run: `outcome` is as in tools/reported/row.py."""

    outcome: str
    error: Error
    message: str
    log: str
    seconds: float


@dataclass(frozen=True)
class _Ended:
    code: int | None
    log: str
    seconds: float


@dataclass(frozen=True)
class Program:
    """The program `subject` on `engine`, as `row` asks."""

    engine: Generation
    subject: Subject
    row: Row

    def run(self, stage: Stage, image: str) -> Came:
        """Run it on `image`."""
        ask = self.row.ask
        if isinstance(ask, Open):
            return self._open(stage, image, ask)
        return self._build(stage, image, ask)

    def _open(self, stage: Stage, image: str, ask: Open) -> Came:
        target = stage.folder / "outcome.json"
        target.unlink(missing_ok=True)
        case = {
            "engine": self._option(ask.option, ask.label),
            "image": image,
            "platform": ask.platform,
            "project": str(stage.folder / ask.project) if ask.project else None,
            "command": list(ask.command),
        }
        arguments = ["-P", str(DRIVE), json.dumps(case), str(target)]
        ended = self._execute(stage, arguments, {}, stage.folder)
        if ended.code is None:
            return Came("hangs", "hangs", "", ended.log, ended.seconds)
        if not target.exists():
            return Came("dies", "unclear", "", ended.log, ended.seconds)
        return Came(**json.loads(target.read_text()), log=ended.log, seconds=ended.seconds)

    def _build(self, stage: Stage, image: str, ask: Build) -> Came:
        project, wheels = stage.folder / "project", stage.folder / "wheels"
        project.mkdir(exist_ok=True)
        (project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
        arguments = ["-m", "cibuildwheel", "--platform=linux", f"--archs={','.join(ask.archs)}"]
        arguments += [f"--output-dir={wheels}", *ask.arguments]
        environment = {
            "CIBW_BUILD": "cp313-manylinux_*",
            "CIBW_CACHE_PATH": str(stage.folder / "cache"),
            "CIBW_CONTAINER_ENGINE": self._option(ask.option),
            "CIBW_REPAIR_WHEEL_COMMAND": "",
            **{f"CIBW_MANYLINUX_{arch.upper()}_IMAGE": image for arch in ask.archs},
            **ask.environment,
        }
        return _built(self._execute(stage, arguments, environment, project), wheels)

    def _option(self, option: str, label: str = "") -> str:
        """The option `container-engine`."""
        fixed = f"{self.engine.kind}; disable_host_mount: true"
        own = f"image-platform: {label}" if label and self.subject.tidy else ""
        return "; ".join(filter(None, (fixed, option, own)))

    def _execute(
        self, stage: Stage, arguments: Sequence[str], environment: Mapping[str, str], cwd: Path
    ) -> _Ended:
        """Run the program's Python with `arguments`, and end all of it after the row's seconds."""
        command, env = self.engine.frequent(str(self.subject.python), *arguments)
        env = {**env, **environment, **stage.env}
        env["PATH"] = os.pathsep.join([*map(str, stage.path), env["PATH"]])
        log = stage.folder / "log"
        begin = time.monotonic()
        with log.open("wb") as to:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=to, stderr=to,
                start_new_session=True,
            )  # fmt: skip
            try:
                code: int | None = process.wait(self.row.seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        seconds = round(time.monotonic() - begin, 1)
        return _Ended(code, log.read_text(errors="replace"), seconds)


def _built(ended: _Ended, wheels: Path) -> Came:
    if ended.code is None:
        return Came("hangs", "hangs", "", ended.log, ended.seconds)
    if ended.code == 0:
        names = sorted(file.name for file in wheels.glob("*.whl"))
        return Came(" ".join(names), "", "", ended.log, ended.seconds)
    said = ended.log.rpartition(ERROR)[2]
    clear = ERROR in ended.log and "Traceback" not in ended.log and not said.startswith(COMMAND)
    message = said.strip() if clear else ""
    outcome = CODES.get(ended.code, f"exit {ended.code}")
    return Came(outcome, "clear" if clear else "unclear", message, ended.log, ended.seconds)
