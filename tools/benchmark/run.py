"""One run of a cibuildwheel, and what its log tells of it."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.benchmark.cases import ARCHITECTURES, Case
from tools.benchmark.programs import FORK, Program
from tools.certificates import mounted
from tools.lab.engine import Engine

PROCESS = re.compile(r"process (\d+)$")
WITH_PYPY = {"x86_64", "i686", "aarch64"}
"""The architectures that cibuildwheel has an image option of PyPy for."""


class BenchmarkError(Exception):
    """A run failed, so that it measures nothing."""


@dataclass(frozen=True)
class Sample:
    """What one run took, in seconds, and how many process ids its container used."""

    seconds: dict[str, float]
    processes: int


@dataclass(frozen=True)
class Line:
    """A line of the log, and the seconds since the start at which it came."""

    seconds: float
    text: str


@contextmanager
def prepared(case: Case) -> Iterator[Path]:
    """The project of `case` in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    try:
        project = folder / "project"
        project.mkdir()
        case.project(project)
        yield project
    finally:
        shutil.rmtree(folder)


def run(
    engine: Engine, program: Program, case: Case, platform: str, *, project: Path, image: str
) -> Sample:
    """Build `project` as `case` says, in `image` for `platform`; raises BenchmarkError."""
    output = project.with_name("wheels")
    shutil.rmtree(output, ignore_errors=True)
    config = project.with_name("benchmark.toml")
    arguments = [mounted(project.parent)] if case.online else []
    tools = case.tools if program.name == FORK else ""
    config.write_text(configuration(case, platform, engine.kind, image, arguments, tools=tools))
    begin = time.monotonic()
    with subprocess.Popen(
        [*program.command, "--platform=linux", f"--config-file={config}", f"--output-dir={output}"],
        cwd=project,
        env={**engine.env, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout
        lines = [Line(time.monotonic() - begin, text.rstrip("\n")) for text in process.stdout]
    end = time.monotonic() - begin
    if process.returncode or len(list(output.glob("*.whl"))) != len(case.builds):
        tail = "\n".join(line.text for line in lines[-40:])
        msg = f"{program.name} returned {process.returncode} for {case.name}:\n{tail}"
        raise BenchmarkError(msg)
    return sample(lines, end)


def sample(lines: Iterable[Line], end: float) -> Sample:
    """The measures of a run, from its log and the seconds that it took in all.

    `start` is all that comes before the project is copied, `copy` that, `identifier` is of one
    build on average, `end` is the wheels' way out and the end of the container.
    """
    lines = list(lines)
    copy = _at(lines, "Copying project into container")
    builds = [line.seconds for line in lines if re.fullmatch(r"Building \S+ wheel", line.text)]
    out = _at(lines, "Copying wheels back to host")
    seconds = {
        "start": copy,
        "copy": builds[0] - copy,
        "identifier": (out - builds[0]) / len(builds),
        "end": end - out,
        "whole": end,
    }
    ids = [int(found[1]) for line in lines if (found := PROCESS.search(line.text))]
    return Sample({name: round(value, 3) for name, value in seconds.items()}, max(ids))


def _at(lines: Iterable[Line], words: str) -> float:
    return next(line.seconds for line in lines if words in line.text)


def configuration(
    case: Case,
    platform: str,
    engine: str,
    image: str,
    arguments: Sequence[str] = (),
    *,
    tools: str = "",
) -> str:
    """The configuration of cibuildwheel for `case`, as TOML; `arguments` create the container.

    `tools` are those of the option `native-tools`, which upstream does not have.
    """
    architecture = ARCHITECTURES[platform]
    option = f"manylinux-{architecture}-image"
    values: dict[str, object] = {
        "archs": [architecture],
        "build": [f"{build}-manylinux_*" for build in case.builds],
        option: image,
        **case.options,
    }
    if architecture in WITH_PYPY:
        values[f"manylinux-pypy_{architecture}-image"] = image
    lines = ["[tool.cibuildwheel]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    native = f", native-tools = {_toml(tools.split())}" if tools else ""
    table = f'{{name = "{engine}", create-args = {_toml(list(arguments))}{native}}}'
    return "\n".join([*lines, f"container-engine = {table}", ""])


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
