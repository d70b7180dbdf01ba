"""How builds are told of the native compiler, and people of what is used in its place: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.native.clang import CC, CXX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OURS = {"CC": CC, "CXX": CXX}


# What compiler the image itself names. One that names that of C only does not want another for C++.
ASK = "; ".join(f"printf '%s\\0' \"{name}=${{{name}-}}\"" for name in OURS)


def parse_compilers(said: Iterable[str]) -> dict[str, str]:
    """The variables that name a compiler, from what was printed in answer to ASK."""
    pairs = (entry.partition("=") for entry in said)
    return {name: value for name, _, value in pairs if value}


def named_compiler(environment: Iterable[str]) -> str:
    """The variables that name a compiler of the entries `NAME=value` of an image, `""` if none."""
    ours = (entry for entry in environment if entry.partition("=")[0] in OURS)
    return own_compiler(parse_compilers(ours))


def export(variables: Mapping[str, str]) -> str:
    """Have a shell export those of `variables` that it does not have."""
    return "; ".join(f'export {name}="${{{name}-{value}}}"' for name, value in variables.items())


def own_compiler(environment: Mapping[str, str]) -> str:
    """The variables of `environment` that name another compiler than the native one, if any do."""
    others = (name for name, ours in OURS.items() if environment.get(name, ours) != ours)
    return " ".join(f"{name}={environment[name]}" for name in others)
