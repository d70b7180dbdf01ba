"""Every engine of the lab is what it is called, does what it is asked, and leaves nothing.

By default one engine of each kind; `--engine lab` is for all. The matrix brings all of them up.
"""

import contextlib
import http.server
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny, unseen
from tools.lab.engine import Engine
from tools.lab.errors import LabError
from tools.lab.generation import ADDRESS, FAULTY_ADDRESS, LOCKED_ADDRESS, Generation
from tools.lab.lab import Lab, lasting_lab, sweep
from tools.lab.prerequisites import missing
from tools.lab.process import Process
from tools.lab.registry import PASSWORD, USER
from tools.lab.uplink import HOST

pytestmark = [
    pytest.mark.default_engines("docker20", "docker28-containerd", "podman5.8-rootless"),
    pytest.mark.spread,
]

SHOW = "uname -m; cat /etc/platform"
BINFMT = Path("/proc/sys/fs/binfmt_misc")
TREE = Path(__file__).parents[1]


@pytest.fixture
def image(engine: Engine) -> str:
    """A reference to an image of every platform that the engine has still to pull."""
    push(SHAPES["oci-index-all"].make("linux/arm64", tiny), f"{engine.push_address}/lab/all:1")
    return f"{engine.registry.address}/lab/all:1"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """The address of a page that the host serves, as something with an uplink sees it."""
    (tmp_path / "page").write_text("from the host")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}/page"
        server.shutdown()
        thread.join()


@pytest.fixture
def generation(engine: Engine) -> Generation:
    """An engine that is one of the lab's."""
    if not isinstance(engine, Generation):
        pytest.skip(f"{engine.name} is not the lab's")
    return engine


def test_version_and_store_are_as_claimed(generation: Generation) -> None:
    assert generation.ask_version() == generation.version
    assert generation.version.startswith(generation.spec.release)
    assert generation.ask_store() == generation.spec.store
    if generation.kind == "podman":
        rootless = generation.run("info", "--format", "{{.Host.Security.Rootless}}")
        assert rootless == str(generation.spec.rootless).lower()


@pytest.mark.parametrize(
    "platform, machine, handler",
    [("linux/amd64", "x86_64", None), ("linux/arm64", "aarch64", "qemu-aarch64")],
)
def test_runs_an_image_of_its_registry(
    engine: Engine, image: str, platform: str, machine: str, handler: str | None
) -> None:
    if handler and not (BINFMT / handler).exists():
        pytest.skip(f"this machine has no {handler} in {BINFMT}: tests of emulation need it")
    ran = engine.run("run", "--rm", "--platform", platform, image, "sh", "-c", SHOW)
    assert ran.splitlines() == [machine, platform]


def test_reset_leaves_no_image_and_no_container(engine: Engine, image: str) -> None:
    repository, _ = image.rsplit(":", 1)
    for platform in ("linux/amd64", "linux/arm64"):
        engine.run("pull", "--platform", platform, image)
    engine.run("create", "--name", "left-over", "--platform", "linux/arm64", image)
    engine.reset()
    assert engine.run("images", "--all", "--quiet", repository) == ""
    assert "left-over" not in engine.run("ps", "--all", "--format", "{{.Names}}")
    assert engine.registry_log() == []


def test_registry_log_counts_what_was_read(generation: Generation) -> None:
    made = SHAPES["oci-index-all"].make("linux/arm64", unseen)
    push(made, f"{generation.push_address}/lab/unseen:1")
    image = f"{generation.registry.address}/lab/unseen:1"
    generation.run("pull", "--platform", "linux/amd64", image)
    asked = generation.registry_log()
    read = [request for request in asked if request.method == "GET" and request.status == 200]
    # A config and three layers.
    assert len({request.path for request in read if request.what == "blobs"}) == 4
    assert any(request.what == "manifests" for request in read)
    assert sum(request.size for request in read) > 500_000


def test_registry_down(engine: Engine, image: str) -> None:
    with engine.registry_down():
        ran = subprocess.run(
            [engine.kind, "pull", image],
            env=engine.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode
        assert "connection refused" in ran.stderr
    engine.run("pull", "--platform", "linux/amd64", image)


def test_uplink_reaches_the_host(generation: Generation, image: str, page: str) -> None:
    fetch = ("run", "--rm", "--platform=linux/amd64", image, "busybox", "wget", "-qO-", page)
    with pytest.raises(LabError):
        generation.run(*fetch)
    with generation.uplink():
        assert generation.run(*fetch) == "from the host"


def test_copies_files_in_and_out(engine: Engine, image: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("from the host")
    container = engine.run("create", "--platform", "linux/amd64", image, "true")
    engine.run("cp", f"{tmp_path / 'in'}/.", f"{container}:/tmp")
    engine.run("cp", f"{container}:/tmp/.", str(tmp_path / "out"))
    assert (tmp_path / "out" / "file").read_text() == "from the host"


def test_shares_the_host_as_a_volume(engine: Engine, image: str, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("from the host")
    script = f"cat /host{tmp_path}/in; echo back >/host{tmp_path}/out"
    run = ("run", "--rm", "--platform", "linux/amd64", "--volume=/:/host")
    assert engine.run(*run, image, "sh", "-c", script) == "from the host"
    assert (tmp_path / "out").read_text() == "back\n"
    assert (tmp_path / "out").stat().st_uid == os.geteuid()


def test_passes_arguments_input_and_exit_code(engine: Engine, image: str) -> None:
    words = ["", "two words", "$HOME", "a'b\"c", "é"]
    shell = ("sh", "-c", 'cat; printf "<%s>" "$@"; exit 7', "sh")
    ran = subprocess.run(
        [engine.kind, "run", "--rm", "-i", "--platform=linux/amd64", image, *shell, *words],
        env=engine.env,
        input="input ",
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "input " + "".join(f"<{word}>" for word in words)
    assert ran.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_passes_signals(generation: Generation, number: signal.Signals) -> None:
    script = f"trap 'kill -9 $!; echo got; exit 9' {number.value}; sleep 60 >&- & echo up; wait"
    # What runs in the background of a shell, as this test may, ignores some.
    default = ("env", "--default-signal=INT,TERM,HUP")
    with subprocess.Popen(
        [*default, *generation.client("sh", "-c", script)],
        env=generation.env,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdout
        assert client.stdout.readline() == "up\n"
        client.send_signal(number)
        assert client.stdout.read() == "got\n"
    assert client.returncode == 9


def test_client_that_is_killed_leaves_no_client(generation: Generation) -> None:
    with subprocess.Popen(generation.client("sleep", "60"), env=generation.env) as client:
        _await(lambda: "sleep" in _commands(generation))
        client.kill()
    _await(lambda: "sleep" not in _commands(generation))


@pytest.mark.default_engines("docker28-containerd", "podman5.8-rootless")
def test_client_of_an_engine_that_is_gone_says_so(generation: Generation) -> None:
    other = generation.client("true")
    started = str(generation.sandbox.init.started)
    other[other.index(started)] = "1"
    ran = subprocess.run(other, env=generation.env, capture_output=True, text=True, check=False)
    pid = generation.sandbox.init.pid
    assert (ran.returncode, ran.stderr) == (125, f"lab: the engine of process {pid} isn't up\n")


def test_working_directory_that_is_not_shared(generation: Generation) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        client = subprocess.run(
            generation.client("true"),
            env=generation.env,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    said = f"lab: the working directory {folder} isn't shared with the engine\n"
    assert (client.returncode, client.stderr) == (125, said)


def test_program_that_calls_often(generation: Generation, image: str) -> None:
    run = [generation.kind, "run", "--rm", "--platform=linux/amd64", image, "sh", "-c", SHOW]
    script = f"{shlex.join(run)}; exec readlink /proc/self/ns/pid"
    command, environment = generation.frequent("sh", "-c", script)
    with subprocess.Popen(
        command, env=environment, cwd="/tmp", stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout
        *shown, namespace = client.stdout.read().splitlines()
    assert shown == ["x86_64", "linux/amd64"]
    inside = generation.sandbox.init.pid if generation.kind == "podman" else "self"
    assert namespace == str(Path(f"/proc/{inside}/ns/pid").readlink())


def test_locked_registry_wants_a_login(generation: Generation, image: str) -> None:
    locked = image.replace(generation.registry.address, LOCKED_ADDRESS)
    pull = [generation.kind, "pull", "--platform", "linux/amd64", locked]
    assert subprocess.run(pull, env=generation.env, capture_output=True, check=False).returncode
    login = ("login", "--username", USER, "--password-stdin", LOCKED_ADDRESS)
    generation.run(*login, text=PASSWORD)
    generation.run(*pull[1:])
    generation.run("logout", LOCKED_ADDRESS)


def test_faulty_registry_fails_as_the_name_says(generation: Generation) -> None:
    skopeo = ["skopeo", "inspect", "--raw", f"docker://{FAULTY_ADDRESS}/status-500:1"]
    environment = generation.env_with_skopeo()
    ran = subprocess.run(skopeo, env=environment, capture_output=True, text=True, check=False)
    assert "500 Internal Server Error" in ran.stderr


def test_remote(generation: Generation, image: str) -> None:
    variable = "DOCKER_HOST" if generation.kind == "docker" else "CONTAINER_HOST"
    pull = [generation.kind, "pull", "--platform", "linux/amd64", image]
    with generation.remote() as environment:
        assert environment[variable].startswith("unix://")
        subprocess.run(pull, env=environment, check=True)
    wrong = {**generation.env, variable: "unix:///nowhere"}
    assert subprocess.run(pull, env=wrong, check=False).returncode
    assert generation.run("images", "--quiet", image)


def test_only_the_generation_s_own_commands_are_on_path(generation: Generation) -> None:
    script = "for name in docker podman skopeo buildah; do command -v $name; done; command -v sh"
    ran = subprocess.run(
        ["sh", "-c", script], env=generation.env, capture_output=True, text=True, check=False
    )
    own, shell = ran.stdout.splitlines()
    assert own == str(generation.sandbox.folder / "bin" / generation.kind)
    assert shell.endswith("/sh")


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
def test_stop_leaves_nothing(lab: Lab) -> None:
    engine = lab.engine("podman4-rootless")
    state = json.loads((engine.sandbox.folder / "state.json").read_text())
    init, groups = Process(**state["init"]), [Path(group) for group in state["cgroups"]]
    namespace = Path(f"/proc/{init.pid}/ns/mnt").readlink()
    lab.stop("podman4-rootless")
    assert not init.alive()
    assert not engine.sandbox.folder.exists()
    assert not [group for group in groups if group.exists()]
    assert not _commands_in(namespace)


LAB_OF_ITS_OWN = """
import sys
from tools.lab.lab import temporary_lab
with temporary_lab() as lab:
    print(lab.engine("docker28").sandbox.folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
def test_killed_lab_leaves_nothing_that_runs() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAB_OF_ITS_OWN],
        cwd=TREE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        folder = Path(process.stdout.readline().strip())
        state = json.loads((folder / "state.json").read_text())
        registry = json.loads((folder.parents[1] / "registry.json").read_text())["process"]
        running = [Process(**state["init"]), Process(**state["keeper"]), Process(**registry)]
        assert all(each.alive() for each in running)
        process.kill()
    _await(lambda: not any(each.alive() for each in running))
    assert folder.exists()
    sweep()
    assert not folder.parents[1].exists()
    assert not [group for group in state["cgroups"] if Path(group).exists()]


@pytest.mark.skipif(bool(missing()), reason=str(missing()))
def test_command_line() -> None:
    if lasting_lab().is_up("podman4"):
        pytest.skip("podman4 is up already: python -m tools.lab down podman4")
    lab = f"{shlex.quote(sys.executable)} -m tools.lab"
    script = f"""
        set -e
        {lab} up podman4
        {lab} list | grep 'podman4 '
        (eval "$({lab} env podman4)"; podman --version)
        {lab} run podman4 -- sh -c 'exit 7' || echo $?
        {lab} down podman4
        {lab} list | grep 'podman4 '
        """
    ran = subprocess.run(
        ["sh", "-c", script], cwd=TREE, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    up, where, listed, version, code, *after = ran.stdout.splitlines()
    assert up.startswith("podman4: podman 4.")
    assert where.endswith(f"pull from {ADDRESS}")
    assert listed.split()[-1] == "up"
    assert version.startswith("podman version 4.")
    assert code == "7"
    assert after[0].split()[-1] != "up"


def test_engine_that_is_none_is_refused() -> None:
    with pytest.raises(LabError, match="no engine 'docker19' in the lab: there are docker20, "):
        lasting_lab().engine("docker19")


def _commands(generation: Generation) -> list[str]:
    return _commands_in(Path(f"/proc/{generation.sandbox.init.pid}/ns/mnt").readlink())


def _commands_in(namespace: Path) -> list[str]:
    # A zombie has no namespace any more.
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "ns" / "mnt").readlink() == namespace:
                found.append((process / "comm").read_text().strip())
    return found


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
