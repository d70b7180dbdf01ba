"""What `create_args` say of a pull.

The image is in the engine before a container is created, so that is for the pull, which is another
command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cibuildwheel.oci.wanted.create_args import split_flag

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAG = "--pull"
# What engines know: https://docs.docker.com/reference/cli/docker/container/create/ and
# https://docs.podman.io/en/latest/markdown/podman-create.1.html, which has "newer". Podman takes
# any case, nothing for "missing", and "if" before some.
POLICIES = {
    "always": True,
    "newer": True,
    "ifnewer": True,
    "missing": False,
    "ifmissing": False,
    "never": False,
    "": False,
}
# What `create` takes for the pull that it may come to, and `pull` takes as well, by the same pages:
# with a value, and yes or no. All but the last are podman's
# (https://github.com/containers/podman/issues/11129).
WITH_VALUE = ("--authfile", "--cert-dir", "--creds", "--decryption-key", "--retry", "--retry-delay")
YES_OR_NO = ("--tls-verify", "--disable-content-trust")


@dataclass(frozen=True)
class Pull:
    """How a container's image is to be pulled.

    `anew` is whether the registry is to be asked also where the engine has the image, and `options`
    are those of the engine's `pull`.
    """

    anew: bool = False
    options: tuple[str, ...] = ()


NO_WORD = Pull()
"""Of those who say nothing."""


def pull_of(create_args: Sequence[str]) -> Pull:
    """What `create_args` say of a pull; the last `--pull` counts.

    Raises ValueError for a policy that no engine knows.
    """
    _, values = split_flag(create_args, FLAG)
    for value in values:
        if value.lower() not in POLICIES:
            known = ", ".join(policy for policy in POLICIES if policy)
            msg = f"{FLAG} in create_args is {value!r}: expected one of {known}"
            raise ValueError(msg)
    return Pull(bool(values) and POLICIES[values[-1].lower()], tuple(_options(create_args)))


def drop_pull(create_args: Sequence[str]) -> tuple[str, ...]:
    """`create_args` without any `--pull`."""
    return split_flag(create_args, FLAG)[0]


def _options(create_args: Sequence[str]) -> list[str]:
    """Those of `create_args` that `pull` takes, too, each with its value in one word."""
    valued = [f"{flag}={v}" for flag in WITH_VALUE for v in split_flag(create_args, flag)[1]]
    # alone it is yes: the next word is not its own
    return valued + [arg for arg in create_args if arg.partition("=")[0] in YES_OR_NO]
