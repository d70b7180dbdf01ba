"""What the integration tests run against."""

import shutil
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_docker.plugin import Services

pytest_plugins = ["tools.lab.plugin", "tools.matrix.plugin"]
HERE = Path(__file__).parent
PROGRAM = "docker-registry"


@dataclass(frozen=True)
class Registry:
    """A registry on this machine; `address` is the host and port that begin a reference to it."""

    address: str
    logs: tuple[str, ...]

    def log(self) -> list[str]:
        """Every request so far, as lines of the registry's access log."""
        ran = subprocess.run(self.logs, capture_output=True, text=True, check=True)
        return [line for line in ran.stdout.splitlines() if " HTTP/1." in line]


@pytest.fixture(scope="session")
def docker_compose_command() -> str:
    """Compose as a plugin of Docker's client, or as the separate program that it used to be."""
    if shutil.which("docker") is None:
        pytest.fail("these tests need Docker: apt-get install docker.io")
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode == 0:
        return "docker compose"
    if shutil.which("docker-compose"):
        return "docker-compose"
    pytest.fail("these tests need Docker Compose: apt-get install docker-compose")


@pytest.fixture(scope="session")
def docker_setup() -> str:
    """Without `--wait`, which the separate program does not know."""
    return "up --build --detach"


@pytest.fixture(scope="session")
def docker_cleanup() -> str:
    """Leave no image behind either."""
    return "down --volumes --rmi local"


@pytest.fixture(scope="session")
def docker_compose_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compose file, beside a build context with this machine's own registry program."""
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.fail(f"these tests need a registry: apt-get install {PROGRAM}")
    folder = tmp_path_factory.mktemp("compose")
    shutil.copytree(HERE / "registry", folder / "registry")
    root = folder / "registry/root"
    _copy(Path(program), root / "usr/bin" / PROGRAM)
    for library in _libraries(program):
        _copy(library, root / library.relative_to("/"))
    return Path(shutil.copy(HERE / "compose.yml", folder))


@pytest.fixture(scope="session")
def registry(
    docker_services: Services,
    docker_compose_command: str,
    docker_compose_file: Path,
    docker_compose_project_name: str,
) -> Registry:
    """An empty registry, on a free port of the loopback interface, that answers."""
    address = f"127.0.0.1:{docker_services.port_for('registry', 5000)}"
    docker_services.wait_until_responsive(lambda: _answers(address), timeout=30, pause=0.1)
    logs = (
        *docker_compose_command.split(),
        *("--file", str(docker_compose_file), "--project-name", docker_compose_project_name),
        *("logs", "--no-color", "--no-log-prefix", "registry"),
    )
    return Registry(address, logs)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/v2/", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _libraries(program: str) -> list[Path]:
    """What the dynamic loader loads for `program`, itself included; nothing for a static one."""
    ran = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return [Path(word) for word in ran.stdout.split() if word.startswith("/")]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
