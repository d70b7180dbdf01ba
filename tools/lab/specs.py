"""The engines of the lab, as a table."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["docker", "podman"]
Store: TypeAlias = Literal["classic", "containerd", "podman"]


@dataclass(frozen=True)
class Spec:
    """One engine of the lab.

    `release` is how its version must begin: a suite that moves on makes the engine fail to come
    up instead of passing for what it is not.
    """

    name: str
    kind: Kind
    release: str
    suite: str
    store: Store
    rootless: bool = False


SPECS = {
    spec.name: spec
    for spec in (
        Spec("docker20", "docker", "20.10.", "bookworm", "classic"),
        Spec("docker26", "docker", "26.", "trixie", "classic"),
        Spec("docker26-containerd", "docker", "26.", "trixie", "containerd"),
        Spec("docker28", "docker", "28.", "forky", "classic"),
        Spec("docker28-containerd", "docker", "28.", "forky", "containerd"),
        Spec("podman4", "podman", "4.", "bookworm", "podman"),
        Spec("podman5.4", "podman", "5.4.", "trixie", "podman"),
        Spec("podman5.8", "podman", "5.8.", "forky", "podman"),
        Spec("podman4-rootless", "podman", "4.", "bookworm", "podman", rootless=True),
        Spec("podman5.4-rootless", "podman", "5.4.", "trixie", "podman", rootless=True),
        Spec("podman5.8-rootless", "podman", "5.8.", "forky", "podman", rootless=True),
    )
}
BY_NAME = {
    spec.name: spec
    for spec in (
        Spec("podman3", "podman", "3.4.", "jammy", "podman"),
        Spec("podman4.9", "podman", "4.9.", "noble", "podman"),
    )
}
"""Engines that only who names them gets: what Ubuntu, so CI at GitHub, has is in its own archive.

That may be out of reach, and takes minutes.
"""

ALL_SPECS = {**SPECS, **BY_NAME}
