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
SUITES = tuple(dict.fromkeys(spec.suite for spec in SPECS.values()))
