from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.engine import describe as module
from cibuildwheel.oci.engine.describe import (
    Store,
    describe,
    parse_docker,
    parse_podman,
)
from cibuildwheel.oci.engine.minimum import numbers_of
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.errors import EngineTooOldError, EngineUnusableError
from cibuildwheel.oci.wanted.address import Address
from unit_test.oci.samples import ENGINES, Replay, Sample, replay, samples, stand_in

if TYPE_CHECKING:
    from cibuildwheel.oci.wanted.address import EngineName

# What is known of the lab's engines (tools/lab/specs.py): client, API, store.
KNOWN = {
    "docker20": ((20, 10), (1, 41), Store.CLASSIC),
    "docker26": ((26,), (1, 45), Store.CLASSIC),
    "docker26-containerd": ((26,), (1, 45), Store.CONTAINERD),
    "docker28": ((28,), (1, 51), Store.CLASSIC),
    "docker28-containerd": ((28,), (1, 51), Store.CONTAINERD),
    "podman3": ((3, 4), (), Store.PODMAN),
    "podman4": ((4, 3), (), Store.PODMAN),
    "podman4.9": ((4, 9), (), Store.PODMAN),
    "podman5.4": ((5, 4), (), Store.PODMAN),
    "podman5.8": ((5, 8), (), Store.PODMAN),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_engines_of_the_lab(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, module, replay(*samples(engine, "about").values()))
    client, api, store = KNOWN[engine.removesuffix("-rootless")]
    name: EngineName = "docker" if engine.startswith("docker") else "podman"
    described = describe(Address(name))
    assert (described.name, described.store, described.api) == (name, store, api)
    assert described.client[: len(client)] == client
    assert str(described.platform) == "linux/amd64"
    assert described.buildx == bool(samples(engine, "buildx-raw"))
    assert ("127.0.0.0/8" in described.insecure) == (name == "docker")


def test_podman_that_goes_by_the_name_of_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    about = samples("podman5.4", "about")
    answers = [Sample(("docker", *s.argv[1:]), s.answer) for s in about.values()]
    stand_in(monkeypatch, module, replay(*answers))
    described = describe(Address("docker"))
    assert (described.name, described.store) == ("docker", Store.PODMAN)


def asked(version: Answer, info: Answer) -> Replay:
    commands = (("docker", command, "--format", "{{json .}}") for command in ("version", "info"))
    return Replay(dict(zip(commands, (version, info), strict=True)))


@pytest.mark.parametrize(
    ("version", "info"),
    [
        (Answer(0, "", ""), Answer(0, "{}", "")),
        (Answer(0, "Docker version 20", ""), Answer(0, "{}", "")),
        (Answer(0, "[]", ""), Answer(0, "{}", "")),
        (Answer(0, "{}", ""), Answer(0, "null", "")),
        (Answer(0, '{"Client": "x"}', ""), Answer(0, "{}", "")),
        (Answer(0, '{"Client": {"Version": 20}}', ""), Answer(0, "{}", "")),
        (Answer(0, '{"Server": {"Os": ["linux"]}}', ""), Answer(0, "{}", "")),
        (Answer(0, "{}", ""), Answer(0, '{"DriverStatus": 1}', "")),
        (Answer(0, "{}", ""), Answer(0, '{"ClientInfo": []}', "")),
        (Answer(0, "{}", ""), Answer(0, '{"RegistryConfig": {"IndexConfigs": {"x": 1}}}', "")),
        (Answer(0, "{}", ""), Answer(0, '{"host": "x"}', "")),
        (Answer(0, "{}", ""), Answer(0, '{"host": {"arch": {}}}', "")),
    ],
)
def test_nonsense(version: Answer, info: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, module, asked(version, info))
    with pytest.raises(EngineUnusableError, match="docker does not work as expected: it answered"):
        describe(Address("docker"))


def test_what_docker_leaves_out() -> None:
    """`null` is what Go writes for what is empty, and old versions lack some of it."""
    nothing = {"Client": None, "Server": None, "ClientInfo": {"Plugins": None}}
    for document in ({}, nothing, {"DriverStatus": None, "RegistryConfig": None}):
        described = parse_docker(document, document)
        assert (described.store, described.api, described.buildx) == (Store.CLASSIC, (), False)
        assert described.insecure == ()


def test_registries_without_tls() -> None:
    config = {
        "InsecureRegistryCIDRs": ["127.0.0.0/8", "::1/128"],
        "IndexConfigs": {
            "docker.io": {"Secure": True},
            "registry:5000": {"Secure": False},
            "quay.io": {},
        },
    }
    described = parse_docker({}, {"RegistryConfig": config})
    assert described.insecure == ("127.0.0.0/8", "::1/128", "registry:5000")
    assert not described.mirrored


def test_mirrors() -> None:
    config = {"Mirrors": ["http://mirror.example:5000/"]}
    assert "docker.io" in parse_docker({}, {"RegistryConfig": config}).mirrored


@pytest.mark.parametrize(
    ("server", "mirrored"),
    [({"Version": "5.4.2"}, ("docker.io", "*.h.io", "far.io")), (None, ())],
    ids=["a service, whose files no client reads", "itself"],
)
def test_mirrors_of_podman(server: object, mirrored: tuple[str, ...]) -> None:
    registries = {
        "docker.io": {"Location": "docker.io", "Mirrors": [{"Location": "m.example"}]},
        "*.h.io": {"Location": ""},
        "far.io/team": {"Location": "other.io/team", "Mirrors": None},
        "plain.io": {"Location": "plain.io", "Mirrors": None},
        "search": ["docker.io"],
    }
    version = {"Client": {"Version": "5.4.2"}, "Server": server}
    found = parse_podman("podman", version, {"host": {}, "registries": registries})
    assert found.mirrored == mirrored


@pytest.mark.parametrize(
    ("system", "desktop"), [("Docker Desktop", True), ("Debian GNU/Linux 12 (bookworm)", False)]
)
def test_docker_desktop(system: str, desktop: bool) -> None:
    assert parse_docker({}, {"OperatingSystem": system}).desktop == desktop


@pytest.mark.parametrize(
    ("host", "platform"),
    [
        ({"os": "linux", "arch": "arm64", "variant": "v8"}, "linux/arm64"),
        ({"os": "linux", "arch": "arm", "variant": "v6"}, "linux/arm/v6"),
        ({"arch": "amd64"}, "linux/amd64"),
    ],
)
def test_the_machine_of_podman(host: dict[str, str], platform: str) -> None:
    assert str(parse_podman("podman", {}, {"host": host}).platform) == platform


def test_the_machine_of_docker() -> None:
    version = {"Server": {"Os": "linux", "Arch": "arm64"}, "Client": {"Arch": "amd64"}}
    assert str(parse_docker(version, {}).platform) == "linux/arm64"


def test_the_api_is_that_agreed_on() -> None:
    client = {"ApiVersion": "1.41", "DefaultAPIVersion": "1.51"}
    assert parse_docker({"Client": client}, {}).api == (1, 41)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "Client",
                        "Server",
                        "Version",
                        "ApiVersion",
                        "Os",
                        "Arch",
                        "host",
                        "arch",
                        "os",
                    ),
                    *("ClientInfo", "Plugins", "Name", "DriverStatus", "RegistryConfig", "variant"),
                    *("IndexConfigs", "InsecureRegistryCIDRs", "Secure"),
                    *("registries", "Mirrors", "Location"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["Client", "Server", "ClientInfo", "host"]), values), values)
def test_any_json_is_understood_or_refused(document: dict[str, Any], more: object) -> None:
    for fields in (document, {**document, "RegistryConfig": more, "DriverStatus": more}):
        with contextlib.suppress(ValueError, EngineUnusableError, EngineTooOldError):
            parse_docker(fields, fields)
        with contextlib.suppress(ValueError, EngineTooOldError):
            parse_podman("podman", fields, fields)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("28.5.2", (28, 5, 2)),
        ("20.10.24+dfsg1", (20, 10, 24)),
        ("5.8.6", (5, 8, 6)),
        ("1.41", (1, 41)),
        ("1.100", (1, 100)),
        ("4.3.0-dev", (4, 3, 0)),
        ("library-import", ()),
        ("", ()),
    ],
)
def test_numbers_of(version: str, numbers: tuple[int, ...]) -> None:
    assert numbers_of(version) == numbers


DOWN = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon r"


@pytest.mark.parametrize(
    ("version", "info"),
    [
        (Answer(1, json.dumps({"Client": {}, "Server": None}), DOWN), Answer(0, "{}", "")),
        # `docker info` is a success all the same
        (Answer(0, "{}", ""), Answer(0, json.dumps({"ServerErrors": [DOWN], "ID": ""}), DOWN)),
    ],
)
def test_daemon_that_does_not_answer(
    version: Answer, info: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, module, asked(version, info))
    with pytest.raises(EngineUnusableError, match="does not answer: Cannot connect"):
        describe(Address("docker"))


FORBIDDEN = "Error response from daemon: <html><body><h1>403 Forbidden</h1>"
PLUGINS = {"Plugins": [{"Name": "buildx"}]}


@pytest.mark.parametrize(
    ("info", "buildx"),
    [
        (Answer(0, json.dumps({"ServerErrors": [FORBIDDEN], "ClientInfo": PLUGINS}), ""), True),
        (Answer(1, "", FORBIDDEN), False),
        (Answer(None, "", "docker gave no answer within 30 seconds"), False),
    ],
)
def test_daemon_that_tells_its_version_only(
    info: Answer, buildx: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = samples("docker26", "about")["version"].answer
    stand_in(monkeypatch, module, asked(version, info))
    described = describe(Address("docker"))
    assert (described.store, described.api, described.buildx) == (Store.CLASSIC, (1, 45), buildx)


def test_daemon_that_was_lost_on_the_way_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, waited: list[float]
) -> None:
    """Docker 20.10 says so of `docker info` behind ssh, as a success (seen)."""
    lost = "stderr=kex_exchange_identification: Connection closed by remote host\nConnection closed"
    about = {command: sample.answer for command, sample in samples("docker20", "about").items()}
    infos = [Answer(0, json.dumps({"ServerErrors": [lost]}), lost), about["info"]]
    monkeypatch.setattr(
        module, "ask", lambda _, what, *__: infos.pop(0) if what == "info" else about[what]
    )
    assert describe(Address("docker")).client[:2] == (20, 10)
    assert len(waited) == 1


def test_pinned_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker 20.10 tells the variable as the client's own version; later ones do not."""
    for own in ("1.40", "1.51"):
        client = {"ApiVersion": "1.40", "DefaultAPIVersion": own}
        version = {"Client": client, "Server": {"ApiVersion": "1.51"}}
        with pytest.raises(EngineUnusableError, match="Unset DOCKER_API_VERSION"):
            parse_docker(version, {}, "1.40")
    monkeypatch.setenv("DOCKER_API_VERSION", "1.40")
    stand_in(monkeypatch, module, asked(Answer(0, "{}", ""), Answer(0, "{}", "")))
    with pytest.raises(EngineUnusableError, match=r"API 1\.41"):
        describe(Address("docker"))


def test_windows_containers() -> None:
    server = {"Os": "windows", "Arch": "amd64", "ApiVersion": "1.51"}
    with pytest.raises(EngineUnusableError, match="runs Windows containers"):
        parse_docker({"Client": {"ApiVersion": "1.51"}, "Server": server}, {})


@pytest.mark.parametrize(
    "client",
    [
        {"Version": "v2.0.0", "Os": "linux", "Components": [{"Name": "buildctl"}]},
        {"Version": "v1.4.0", "NerdctlClient": {"Version": "v1.7.7"}},
    ],
)
def test_nerdctl_and_finch(client: dict[str, Any]) -> None:
    """What they tell: pkg/inspecttypes/dockercompat/info.go of nerdctl."""
    components = [{"Name": "containerd", "Version": "v2.0.0"}, {"Name": "runc", "Version": "1.2"}]
    version = {"Client": client, "Server": {"Components": components}}
    with pytest.raises(EngineUnusableError, match="nerdctl, or finch"):
        parse_docker(version, {"KernelVersion": "6.1", "OSType": "linux"})
