"""Real answers of engines (unit_test/data/engines), played back to the code that asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.wanted.address import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

FOLDER = Path(__file__).parents[1] / "data" / "engines"
ENGINES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
DOCKERS = [name for name in ENGINES if name.startswith("docker")]
PODMANS = [name for name in ENGINES if name.startswith("podman")]

# Where the cases of the lab are served (tools/lab/generation.py).
REPOSITORIES = "127.0.0.1:5000/samples"
FAULTY = "127.0.0.1:5002"


@dataclass(frozen=True)
class Sample:
    """A command, and what it answered; `rc` is None where it was ended after a minute."""

    argv: tuple[str, ...]
    answer: Answer


@cache
def samples(engine: str, topic: str) -> dict[str, Sample]:
    """What `engine` answered, by case; empty where it has no such command."""
    path = FOLDER / engine / f"{topic}.json"
    if not path.exists():
        return {}
    records = json.loads(path.read_text())
    return {
        case: Sample(
            normal(record["argv"]), Answer(record["rc"], record["stdout"], record["stderr"])
        )
        for case, record in records.items()
    }


def normal(argv: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """`argv` with `--platform X` as `--platform=X`: the two mean the same to every engine."""
    return tuple("\0".join(argv).replace("--platform\0", "--platform=").split("\0"))


def image(name: str) -> str:
    """The reference of one of the lab's images."""
    return f"{REPOSITORIES}/{name}:1"


@dataclass
class Replay:
    """Answers commands as the engine did. What was never recorded is a mistake of the test."""

    answers: dict[tuple[str, ...], Answer]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, *command: str) -> Answer:
        self.asked.append(command)
        return self.answers[normal(command)]


def replay(*recorded: Sample) -> Replay:
    """A stand-in for `cibuildwheel.oci.engine.process.ask`."""
    return Replay({sample.argv: sample.answer for sample in recorded})


def stand_in(monkeypatch: pytest.MonkeyPatch, module: object, edge: Callable[..., Answer]) -> None:
    """Have `module` reach `edge`, with whole commands, instead of an engine."""
    for name in ("ask", "change"):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, whole(edge))


def whole(edge: Callable[..., Answer]) -> Callable[..., Answer]:
    """`edge` that is given an engine first, or what a command for it begins with."""

    def act(engine: Address | str, *rest: str, **options: object) -> Answer:
        begin = engine.command if isinstance(engine, Address) else (engine,)
        return edge(*begin, *rest, **options)

    return act
