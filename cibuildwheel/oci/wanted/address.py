"""Where an engine is: the command that leads to it, and the context that the command is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EngineName = Literal["docker", "podman"]

# What each calls it (https://docs.docker.com/engine/manage-resources/contexts/,
# https://docs.podman.io/en/latest/markdown/podman-system-connection.1.html), and the option of all
# its commands that names one.
WORDS = {"docker": "context", "podman": "connection"}
OPTIONS = {"docker": "--context=", "podman": "--connection="}
DEFAULT = "default"


@dataclass(frozen=True)
class Address:
    """An engine by its command, and Docker's context or podman's system connection.

    No context is what the command uses by itself. So is `default` for podman, which has none of
    that name.
    """

    name: EngineName
    context: str = ""

    @property
    def command(self) -> tuple[str, ...]:
        """What every command for the engine begins with."""
        if not self.context or (self.name == "podman" and self.context == DEFAULT):
            return (self.name,)
        return (self.name, f"{OPTIONS[self.name]}{self.context}")

    def __str__(self) -> str:
        """The engine in a message, such as `docker` or `docker context arm`."""
        return f"{self.name} {WORDS[self.name]} {self.context}" if self.context else self.name


def split_command(command: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The context that a command of an engine names, `""` for none, and the command without it."""
    name, *rest = command
    option = OPTIONS.get(name)
    if option and rest and rest[0].startswith(option):
        return rest[0].removeprefix(option), (name, *rest[1:])
    return "", (name, *rest)


def parse_context(words: Iterable[str]) -> str:
    """The name that the option `context` has. Raises ValueError if that is not one."""
    match list(words):
        case [name] if name:
            return name
    msg = "context of container-engine has to be one name; contexts takes several"
    raise ValueError(msg)


def parse_contexts(words: Iterable[str], context: str) -> tuple[str, ...]:
    """The names that the option `contexts` has, each once, in their order.

    `context` is that option, `""` where it is not set. Raises ValueError if it is, or there is no
    name.
    """
    names = tuple(dict.fromkeys(words))
    if context:
        msg = "container-engine has both context and contexts: choose one"
        raise ValueError(msg)
    if not all(names) or not names:
        msg = "contexts of container-engine has to be one name or more"
        raise ValueError(msg)
    return names
