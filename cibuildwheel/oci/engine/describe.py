"""What an engine is: its version, its store, and the platform of the machine it runs on."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from cibuildwheel.oci.engine.elsewhere import is_elsewhere
from cibuildwheel.oci.engine.minimum import check_minimum, numbers_of
from cibuildwheel.oci.engine.reach import ask
from cibuildwheel.oci.engine.retry import persist
from cibuildwheel.oci.engine.unusable import PINNED, check_docker, unusable
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import LINUX, Platform
from cibuildwheel.oci.wanted.reference import DOCKER_HUB

if TYPE_CHECKING:
    from concurrent.futures import Future

    from cibuildwheel.oci.engine.process import Answer
    from cibuildwheel.oci.wanted.address import EngineName

Part = TypeVar("Part", dict[str, Any], list[Any], str, int)

ASKED = ("version", "info")
CONTAINERD = ["driver-type", "io.containerd.snapshotter.v1"]

# `docker image inspect --platform` (https://docs.docker.com/reference/api/engine/version-history/)
INSPECT_PLATFORM_API = (1, 49)

# The oldest podman that was seen to.
CREATES_OF_WHAT_IT_HAS = (4, 3)


class Store(Enum):
    """How an engine keeps images."""

    CLASSIC = "Docker's graph driver: one platform for a tag"
    CONTAINERD = "containerd's image store: many platforms for a tag"
    PODMAN = "containers/storage: one platform for a tag, variants not told"


@dataclass(frozen=True)
class Engine:
    """An engine, as far as decisions depend on it.

    `client` is the version of the command, `daemon` that of what it talks to, the same where that
    is itself; `api` is the API version that client and daemon agreed on (Docker only); `platform`
    is that of the machine that runs the containers; `buildx` is whether the client has that plugin;
    `insecure` are the registries that the daemon talks to without TLS, as host[:port] or as
    networks, and `mirrored` the hosts in whose place it may ask others, which no client here knows;
    `desktop` is whether it is the engine of Docker Desktop; `kernel` is the release of the kernel
    of its machine, and the bytes of memory that it has. `context` is the one that leads to it, and
    `elsewhere` whether that leads away from this machine.
    """

    name: EngineName
    store: Store
    platform: Platform
    client: tuple[int, ...]
    api: tuple[int, ...] = ()
    buildx: bool = False
    insecure: tuple[str, ...] = ()
    mirrored: tuple[str, ...] = ()
    desktop: bool = False
    kernel: tuple[str, int] = ("", 0)
    daemon: tuple[int, ...] = ()
    context: str = ""
    elsewhere: bool = False

    @property
    def address(self) -> Address:
        """What leads to it."""
        return Address(self.name, self.context)

    @property
    def pulls_to_create(self) -> bool:
        """Whether it asks a registry for what it has, where a container of a platform is created.

        Podman 3.4 does in spite of `--pull=never`, unless the image is named by its id, and fails
        without the registry (seen; https://github.com/containers/podman/issues/15711).
        """
        return self.store is Store.PODMAN and () < self.daemon < CREATES_OF_WHAT_IT_HAS


def describe(address: Address) -> Engine:
    """The engine that `address` leads to, here or elsewhere (DOCKER_HOST, contexts, …).

    Raises EngineUnusableError if it is not installed or does not answer, EngineTooOldError if its
    client and its daemon are too far apart.
    """
    with ThreadPoolExecutor() as executor:
        about, more = (executor.submit(_ask, address, what) for what in ASKED)
    version = _read(address, about.result())
    info = _info(address, more, needed=address.name == "podman" or not version.get("Server"))
    try:
        # `docker` may be podman by another name
        if "host" in info:
            engine = parse_podman(address.name, version, info)
        else:
            engine = parse_docker(version, info, os.environ.get(PINNED, ""))
    except ValueError as error:
        raise _strange(address.name, str(error)) from None
    if not address.context:
        return engine
    elsewhere = is_elsewhere(address, engine.client)
    return replace(engine, context=address.context, elsewhere=elsewhere)


def parse_docker(version: dict[str, Any], info: dict[str, Any], pinned: str = "") -> Engine:
    """The engine in what `docker version` and `docker info` said; `pinned` as for `check_docker`.

    Raises ValueError if a part of that is of another type than Docker has there,
    EngineTooOldError for a side that does not take `--platform`, EngineUnusableError for what is no
    Docker that runs Linux containers.
    """
    client, server = _part(version, "Client", dict), _part(version, "Server", dict)
    # ApiVersion of the client is what it came down to for this daemon
    own = _part(client, "DefaultAPIVersion", str) or _part(client, "ApiVersion", str)
    sides = {"client": own, "daemon": _part(server, "ApiVersion", str)}
    components = _part(server, "Components", list)
    check_docker(sides, _part(server, "Os", str), components, pinned)
    check_minimum("docker", {side: numbers_of(api) for side, api in sides.items()})
    plugins = _part(_part(info, "ClientInfo", dict), "Plugins", list)
    return Engine(
        "docker",
        Store.CONTAINERD if CONTAINERD in _part(info, "DriverStatus", list) else Store.CLASSIC,
        Platform(_part(server, "Os", str) or LINUX, _part(server, "Arch", str)),
        client=numbers_of(_part(client, "Version", str)),
        api=numbers_of(_part(client, "ApiVersion", str)),
        buildx=any(isinstance(p, dict) and p.get("Name") == "buildx" for p in plugins),
        insecure=_insecure(_part(info, "RegistryConfig", dict)),
        mirrored=DOCKER_HUB if _part(_part(info, "RegistryConfig", dict), "Mirrors", list) else (),
        desktop=_part(info, "OperatingSystem", str) == "Docker Desktop",
        kernel=(_part(info, "KernelVersion", str), _part(info, "MemTotal", int)),
        daemon=numbers_of(_part(server, "Version", str)),
    )


def parse_podman(name: EngineName, version: dict[str, Any], info: dict[str, Any]) -> Engine:
    """The engine in what `podman version` and `podman info` said. Raises as `parse_docker` does."""
    client, host = _part(version, "Client", dict), _part(info, "host", dict)
    sides = {"client": client, "daemon": _part(version, "Server", dict)}
    versions = {side: numbers_of(_part(about, "Version", str)) for side, about in sides.items()}
    check_minimum("podman", versions)
    names = (_part(host, key, str) for key in ("arch", "variant"))
    served = bool(versions["daemon"])  # else skopeo reads the same configuration
    platform = Platform(_part(host, "os", str) or LINUX, *names)
    return Engine(
        name,
        Store.PODMAN,
        platform,
        client=numbers_of(_part(client, "Version", str)),
        mirrored=_mirrored(_part(info, "registries", dict)) if served else (),
        kernel=(_part(host, "kernel", str), _part(host, "memTotal", int)),
        daemon=versions["daemon"] or versions["client"],
    )


def _insecure(config: dict[str, Any]) -> tuple[str, ...]:
    hosts = _part(config, "IndexConfigs", dict)
    without_tls = (host for host in hosts if _part(hosts, host, dict).get("Secure") is False)
    return (*map(str, _part(config, "InsecureRegistryCIDRs", list)), *without_tls)


def _mirrored(registries: dict[str, Any]) -> tuple[str, ...]:
    """The hosts of those that podman has other places for (containers-registries.conf(5))."""
    tables = {name: table for name, table in registries.items() if isinstance(table, dict)}
    return tuple(
        prefix.partition("/")[0]
        for prefix, table in tables.items()
        if table.get("Mirrors") or table.get("Location") != prefix
    )


def _part(document: dict[str, Any], key: str, kind: type[Part]) -> Part:
    """`document[key]`; empty if there is nothing, or null as Go writes for what is empty."""
    part = document.get(key)
    if part is None:
        return kind()
    if not isinstance(part, kind):
        msg = f"{key} is {part!r}"
        raise ValueError(msg)
    return part


def _ask(address: Address, what: str) -> Answer:
    command = (what, "--format", "{{json .}}")
    return persist(
        lambda: ask(address, *command), lambda answer: _unserved(_document(answer) or {})
    )


def _info(address: Address, asked: Future[Answer], *, needed: bool) -> dict[str, Any]:
    """What the engine tells of itself; where that is not `needed`, as much of it as there is.

    What lets others use Docker's socket may keep that back (INFO of
    https://github.com/Tecnativa/docker-socket-proxy), and a plugin of the client may hang in it.
    """
    try:
        info = _read(address, asked.result())
        said = _unserved(info)
    except (EngineUnusableError, EngineTooOldError):
        if needed:
            raise
        return {}
    if said and needed:
        raise unusable(address, said, os.environ)
    return info


def _unserved(info: dict[str, Any]) -> str:
    """What Docker's `info`, which is a success without a daemon, too, says of that."""
    errors = info.get("ServerErrors")
    return " ".join(" ".join(map(str, errors)).split()) if isinstance(errors, list) else ""


def _read(address: Address, answer: Answer) -> dict[str, Any]:
    if not answer.ok:
        raise unusable(address, answer.complaint, os.environ)
    document = _document(answer)
    if document is None:
        raise _strange(address.name, repr(answer.stdout.strip()[:80]))
    return document


def _document(answer: Answer) -> dict[str, Any] | None:
    try:
        document = json.loads(answer.stdout)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _strange(name: EngineName, said: str) -> EngineUnusableError:
    return EngineUnusableError(
        f"{name} does not work as expected: it answered {said}. Check what {name} is on PATH."
    )
