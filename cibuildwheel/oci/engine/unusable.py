"""Why an engine can't be used, and what helps: pure, from its client's words and its variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cibuildwheel.oci.engine.minimum import MINIMUM, numbers_of
from cibuildwheel.oci.engine.retry import PODMAN_RACES, TURNED_AWAY
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.wanted.address import DEFAULT, Address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PINNED = "DOCKER_API_VERSION"
# What tells a client where its engine is. Of Docker's the first that is set counts, and so it is
# with podman 4.3; in 5.4 the second does (seen).
PLACES = {
    "docker": ("DOCKER_HOST", "DOCKER_CONTEXT"),
    "podman": ("CONTAINER_HOST", "CONTAINER_CONNECTION"),
}
LIST = {"docker": "docker context ls", "podman": "podman system connection list"}
START = {
    "docker": "`sudo systemctl start docker`, or Docker Desktop",
    "podman": "`podman machine start`, or `systemctl --user start podman.socket`",
}
ANOTHER = "or name the other engine in container-engine"
UNSET = f"Unset {PINNED}: client and daemon then talk as both know how to."
WITHOUT_TLS = (
    'let it do without (docker:dind with DOCKER_TLS_CERTDIR: "", and DOCKER_HOST: '
    "tcp://docker:2375 without DOCKER_TLS_VERIFY)"
)
# https://github.com/containerd/nerdctl has no API, so tells no version of one.
NOT_DOCKER = (
    "What is called docker here is another program (nerdctl, or finch, which is made of it): it "
    "answers without a version of Docker's API. cibuildwheel works with Docker and with podman.\n"
    "Fix: Put Docker's own client first on PATH, or name podman in container-engine."
)
WINDOWS = (
    "The Docker here runs Windows containers, and Linux wheels are built in Linux ones.\n"
    "Fix: Switch Docker Desktop to Linux containers, in its menu or by `DockerCli.exe "
    "-SwitchLinuxEngine`. On a hosted Windows runner there are none: build in a job on Linux."
)

ANY_FIX = f"Install {{name}} and start it, {ANOTHER}."
SSH_FIX = "It has to answer over ssh without a question: try `{command} version` by hand."

# What a client says, in lower case, and what helps then; the first that fits counts.
FIXES = {
    "cannot be run:": ANY_FIX,
    PODMAN_RACES: ("Another command of {name} is in the way: run it again when that has ended."),
    TURNED_AWAY: (
        "What listens there for ssh turns connections away, as sshd does when many come at once: "
        "raise MaxStartups in its sshd_config, and try `{command} version` by hand."
    ),
    r"permission denied \(": SSH_FIX,
    "permission denied": (
        "This user may not use the engine's socket: `sudo usermod -aG docker $USER`, and log in "
        f"again; {ANOTHER}."
    ),
    r'context "?.*(?:does not exist|not found)|(?:connection ".*"|service destination) not found': (
        "There is no engine of that name: {change} {place}. `{list}` shows what there is."
    ),
    r"open .*\.pem: no such file": (
        "The certificates for TLS are not there. Give this job the folder that docker:dind writes "
        f"them to (/certs, with DOCKER_CERT_PATH: /certs/client), or {WITHOUT_TLS}."
    ),
    "http request to an https server|malformed http response": (
        "The daemon there wants TLS. Set DOCKER_TLS_VERIFY: 1 and DOCKER_CERT_PATH, and port 2376 "
        f"in DOCKER_HOST, or {WITHOUT_TLS}."
    ),
    "http response to https client": "The daemon there talks without TLS: unset DOCKER_TLS_VERIFY.",
    "x509:|certificate": (
        "The certificates are not those of the daemon there: correct {certificates}."
    ),
    "lookup |no such host": (
        "The host in {place} is not known here. In GitLab it has to be one of the `services`."
    ),
    r"\bssh\b|exit status 255": SSH_FIX,
    r"connect|reset by peer|\beof\b": f"Start it ({{start}}){{correct}}, {ANOTHER}.",
    "resolve docker endpoint|parse docker host": "Correct or unset {place}.",
}
STARTING = r"connect to|refused|reset by peer|\beof\b|open .*\.pem: no such file"


def place_of(engine: Address, environ: Mapping[str, str]) -> str:
    """The option or the variables that tell the client of `engine` where that is; or `""`.

    Docker's context `default` is where DOCKER_HOST says (seen).
    """
    named = engine.context not in {"", DEFAULT}
    docker_default = engine == Address("docker", DEFAULT)
    places = () if named else ("DOCKER_HOST",) if docker_default else PLACES[engine.name]
    option = f'context = "{engine.context}" in container-engine' if engine.context else ""
    told = [f"{key}={environ[key]}" for key in places if environ.get(key)]
    return " or ".join(told[:1] if engine.name == "docker" else told) or option


def may_start(place: str) -> bool:
    """Whether an engine at `place` may be about to start, as a service of a CI job may.

    So may one whose address a variable names.
    """
    return "://" in place and "=ssh://" not in place


def is_starting(said: str, place: str) -> bool:
    """Whether an engine of which its client `said` so may be about to start at `place`."""
    return may_start(place) and bool(re.search(STARTING, said.lower()))


def unusable(
    engine: Address, said: str, environ: Mapping[str, str]
) -> EngineTooOldError | EngineUnusableError:
    """The error for an engine that did not answer, of which its client `said` why."""
    name = engine.name
    if "client version" in said:
        if environ.get(PINNED):
            what = f"{PINNED} is set to {environ[PINNED]}, which the daemon does not talk: {said}"
            return EngineUnusableError(f"{what}\nFix: {UNSET}")
        for sign, side, other in (("too old", "client", "daemon"), ("too new", "daemon", "client")):
            if sign in said:
                msg = f"The {name} {side} is too old for its {other}. Update the {side}."
                return EngineTooOldError(f"{msg} It says: {said}")
    place = place_of(engine, environ)
    fixes = (fix for sign, fix in FIXES.items() if re.search(sign, said.lower()))
    fix = next(fixes, ANY_FIX).format(
        name=name,
        command=" ".join(engine.command),
        certificates=(
            f"those of {place} (`docker context update`)"
            if engine.context
            else "DOCKER_CERT_PATH, or the host in DOCKER_HOST"
        ),
        change="correct" if engine.context else "correct or unset",
        place=place or f"the context of {name}",
        correct=f", or correct {place}" if place else "",
        list=LIST[name],
        start=START[name],
    )
    return EngineUnusableError(
        f"{engine} is needed for Linux builds and does not answer: {said}\nFix: {fix}"
    )


def check_docker(
    versions: Mapping[str, str], system: str, components: Sequence[object], pinned: str
) -> None:
    """Check that what answered as Docker is that, runs Linux containers, and may talk freely.

    `versions` are those of the API that each side has and that they have agreed on, `""` where one
    is not told; `components` those that the daemon names, and `pinned` what PINNED is set to.
    Raises EngineUnusableError.
    """
    if components and not any(versions.values()):
        raise EngineUnusableError(NOT_DOCKER)
    if system == "windows":
        raise EngineUnusableError(WINDOWS)
    needed, words = MINIMUM["docker"]
    if () < numbers_of(pinned) < needed:
        raise EngineUnusableError(
            f"{PINNED} is set to {pinned}, and {words} is needed.\nFix: {UNSET}"
        )
