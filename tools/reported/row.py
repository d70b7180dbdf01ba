"""A row of the table: what was reported, how it is made here, and the one right outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tools.lab.specs import ALL_SPECS

if TYPE_CHECKING:
    from tools.reported.stage import Stage

ENGINES = tuple(name for name, spec in ALL_SPECS.items() if not spec.rootless)
DOCKER = tuple(name for name in ENGINES if ALL_SPECS[name].kind == "docker")
CLASSIC = tuple(name for name in ENGINES if ALL_SPECS[name].store == "classic")
CONTAINERD = tuple(name for name in ENGINES if ALL_SPECS[name].store == "containerd")
PODMAN = tuple(name for name in ENGINES if ALL_SPECS[name].kind == "podman")

Prepare: TypeAlias = "Callable[[Stage], str]"


@dataclass(frozen=True)
class Open:
    """Opens a container, copies `project` to /project, if there is one, and runs `command`.

    The outcome is what `command` prints, its lines joined by blanks, or the class of the error.
    `option` is what the user has in `container-engine` after the engine, such as
    `create_args: --pull=always`. `label` is the user's `image-platform`, which the unmodified
    release does not have.
    """

    platform: str = "linux/arm64"
    option: str = ""
    label: str = ""
    project: Path | None = None
    command: Sequence[str] = ("cat", "/etc/platform")


@dataclass(frozen=True)
class Build:
    """Runs the whole program, with `arguments`, on a project of one small file.

    The image is that of all `archs`. The outcome is the names of the wheels, or the class of the
    error by its return code (`exit N` where there is none).
    """

    archs: Sequence[str] = ("x86_64", "aarch64")
    option: str = ""
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One case.

    report: the address of the public report
    what: what the user has, and what is to come of it
    prepare: makes it so on a Stage, and returns the name of the image
    right: the outcome, see `Open` and `Build`; `right_on` has others, by the name of an engine
    says: what the fork prints or its error holds, each; `never`: what it must not
    engines: where there can be such a case; if not on all of them, `why` says why
    alone: whether nothing else can run on this machine meanwhile
    """

    name: str
    report: str
    what: str
    prepare: Prepare
    right: str
    ask: Open | Build = Open()
    right_on: Mapping[str, str] = field(default_factory=dict)
    says: Sequence[str] = ()
    never: Sequence[str] = ()
    engines: Sequence[str] = ENGINES
    why: str = ""
    seconds: float = 60.0
    alone: bool = False

    def right_for(self, engine: str) -> str:
        """The right outcome on the engine of that name."""
        return self.right_on.get(engine, self.right)


def is_refusal(outcome: str) -> bool:
    """Whether `outcome` is that of an error, not of a container or a build."""
    return outcome.endswith("Error")
