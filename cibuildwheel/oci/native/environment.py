"""How builds are told of the native compiler, and people of what is used in its place: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.oci.native.clang import CC, CXX

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = {"CC": CC, "CXX": CXX}


def export(variables: Mapping[str, str]) -> str:
    """Have a shell export those of `variables` that it does not have, and print them all."""
    each = (
        f'export {name}="${{{name}-{value}}}"; printf \'%s\\0\' "${name}"'
        for name, value in variables.items()
    )
    return "; ".join(each)


def own_compiler(environment: Mapping[str, str]) -> str:
    """The variables of `environment` that name another compiler than the native one, if any do."""
    others = (name for name, value in OURS.items() if environment.get(name) != value)
    return " ".join(f"{name}={environment.get(name, '')}" for name in others)
