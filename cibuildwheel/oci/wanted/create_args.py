"""`--platform` inside the `create_args` of `container-engine`.

Before cibuildwheel passed the platform itself, this was the way to build for another architecture
(https://github.com/pypa/cibuildwheel/issues/1771). The platform of a build comes from its
identifier now, so what `create_args` say of it can only be redundant or wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cibuildwheel.logger import log
from cibuildwheel.oci.wanted.platform import Platform, parse_platform, wheel_architecture

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAG = "--platform"


def split_platform(create_args: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`create_args` without any `--platform X` or `--platform=X`, and each X in order.

    Raises ValueError for a flag that has no value.
    """
    others, values = split_flag(create_args, FLAG)
    if any(not value or value.startswith("-") for value in values):
        msg = (
            f"{FLAG} in create_args has no value. Remove it: the platform is taken from the "
            "build identifier."
        )
        raise ValueError(msg)
    return others, values


def split_flag(create_args: Sequence[str], flag: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`create_args` without any `flag`, and what each had as its value: `""` for nothing."""
    others: list[str] = []
    values: list[str] = []
    remaining = iter(create_args)
    for arg in remaining:
        if arg == flag:
            values.append(next(remaining, ""))
        elif arg.startswith(f"{flag}="):
            values.append(arg.removeprefix(f"{flag}="))
        else:
            others.append(arg)
    return tuple(others), tuple(values)


def names_platform(value: str, platform: Platform) -> bool:
    """Whether `value`, as a user wrote it, is another way to write `platform`."""
    try:
        return parse_platform(value) == platform
    except ValueError:
        return False


def drop_platform(create_args: Sequence[str], platform: str) -> tuple[str, ...]:
    """`create_args` for a container on `platform`, with every `--platform` taken out.

    One that names another platform is warned of. Raises ValueError as `split_platform` does.
    """
    wanted = parse_platform(platform)
    others, values = split_platform(create_args)
    for value in dict.fromkeys(values):
        if not names_platform(value, wanted):
            architecture = wheel_architecture(wanted) or wanted.architecture
            log.warning(
                f"{FLAG} {value} from create_args of container-engine is ignored: the platform of "
                f"this container is {wanted}, from its build identifiers (*_{architecture}). "
                f"With {value}, the {architecture} builds would have run on another platform. "
                f"Remove {FLAG} from create_args."
            )
    return others
