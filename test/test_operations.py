"""What is done in a running container, on real engines: the same as by the programs that did it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container.shell import SMALL
from cibuildwheel.oci.errors import CopyError
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.images.document import DOCKER, manifest
from tools.images.manylinux import manylinux
from tools.images.push import push
from tools.images.tiny import tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines(
        "docker20", "docker28-containerd", "podman5.4", "podman5.8-rootless"
    ),
    pytest.mark.spread(2),
]
AMD64 = "linux/amd64"
ROOTS = {"busybox": tiny, "gnu": manylinux}
WITHOUT_TIMES = "%n %F %a %u:%g %s %h %N"
PYTHON = "/opt/python/cp313-cp313/bin/python"


@pytest.fixture(params=ROOTS)
def root(request: pytest.FixtureRequest) -> str:
    """The name of a root file system."""
    name: str = request.param
    return name


@pytest.fixture
def image(engine: Engine, root: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The image of `root`; this process uses the engine."""
    for name in os.environ.keys() - engine.env.keys():
        monkeypatch.delenv(name)
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    name = f"operations/{root}:1"
    push(manifest(DOCKER, ROOTS[root](AMD64), AMD64), f"{engine.push_address}/{name}")
    return f"{engine.registry.address}/{name}"


def started(engine: Engine, image: str, *create_args: str) -> OCIContainer:
    """A container to be entered."""
    config = OCIContainerEngineConfig(engine.kind, create_args=create_args, disable_host_mount=True)
    return OCIContainer(image=image, oci_platform=OCIPlatform(AMD64), engine=config, cwd="/build")


@pytest.fixture
def container(engine: Engine, image: str) -> Iterator[OCIContainer]:
    """A running container."""
    with started(engine, image) as running:
        yield running
    assert engine.run("ps", "--all", "--quiet") == ""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of what is seldom in one."""
    folder = tmp_path / "odd"
    for name in ("empty", "deep/er", "sticky", "group", "x" * 120 + "/" + "y" * 120):
        (folder / name).mkdir(parents=True)
    (folder / "sticky").chmod(0o1777)
    (folder / "group").chmod(0o2775)
    for name in ("a b", "new\nline", "it's $HOME `x`", "-dash", "\udcff\udcfe", "ünïcode", "*?[x]"):
        (folder / name).write_text(name, errors="surrogateescape")
    for mode in (0o600, 0o444, 0o4755, 0o2755, 0o000, 0o777):
        file = folder / f"mode{mode:o}"
        file.write_bytes(b"\0\xff" * mode)
        file.chmod(mode)
    (folder / "deep/er" / ("long" * 60)).write_text("long")
    (folder / "link").symlink_to("a b")
    (folder / "folder-link").symlink_to("deep")
    (folder / "broken").symlink_to("/nowhere/at all")
    (folder / "hard").hardlink_to(folder / "a b")
    os.mkfifo(folder / "fifo")
    with (folder / "sparse").open("wb") as sparse:
        sparse.truncate(3_000_000)
        sparse.seek(2_000_000)
        sparse.write(b"data")
    os.chown(folder / "deep", 1234, 4321)
    os.utime(folder / "empty", (1, 1_000_000_000))
    os.utime(folder, (1, 1_100_000_000))
    folder.chmod(0o750)
    return folder


def listed(container: OCIContainer, folder: str, facts: str = WITHOUT_TIMES) -> list[str]:
    """What is in `folder`, and what each file holds."""
    script = f"find . -exec stat -c '{facts}' {{}} ';'; find . -type f -exec sha256sum {{}} ';'"
    said = container.call(["sh", "-c", script], capture_output=True, cwd=shlex.quote(folder))
    assert said
    return sorted(said.splitlines())


def unpacked_inside(container: OCIContainer, source: Path, folder: str) -> None:
    """Copy by a tar in the container, as upstream does."""
    container.call(["mkdir", "-p", folder])
    unpack = f"tar --no-same-owner -xC {shlex.quote(folder)} -f -"
    engine = container.engine.name
    command = f"tar -c -f - . | {engine} exec -i {container.name} {unpack}"
    subprocess.run(command, shell=True, check=True, cwd=source)


def test_a_folder_is_copied_as_by_tar(
    container: OCIContainer, engine: Engine, root: str, tree: Path
) -> None:
    container.copy_into(tree, PurePosixPath("/build/new one"))
    unpacked_inside(container, tree, "/build/old one")
    new, old = "/build/new one", "/build/old one"
    assert listed(container, new) == listed(container, old)
    # busybox leaves folders and links the time of now; podman rounds what tar cuts off
    if root == "gnu" and engine.kind == "docker":
        new_times, old_times = (set(listed(container, folder, "%n %Y")) for folder in (new, old))
        assert all(line.startswith(". ") for line in new_times ^ old_times)


@pytest.mark.parametrize("root", ["busybox"], indirect=True)
def test_a_folder_is_copied_over_another(container: OCIContainer, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        (folder / "both").mkdir(parents=True)
        (folder / "both" / "file").write_text(folder.name)
        (folder / folder.name).touch()
    for folder in (first, second):
        container.copy_into(folder, PurePosixPath("/build/new"))
        unpacked_inside(container, folder, "/build/old")
    assert listed(container, "/build/new") == listed(container, "/build/old")


@pytest.mark.parametrize("root", ["busybox"], indirect=True)
@pytest.mark.parametrize("mount", ["--tmpfs=/build:exec", "--volume=/build"])
def test_a_folder_is_copied_into_a_mount(
    engine: Engine, image: str, tree: Path, mount: str
) -> None:
    with started(engine, image, mount) as container:
        container.copy_into(tree, PurePosixPath("/build/new"))
        unpacked_inside(container, tree, "/build/old")
        assert listed(container, "/build/new") == listed(container, "/build/old")


@pytest.mark.parametrize("root", ["busybox"], indirect=True)
def test_a_folder_belongs_to_the_user_of_the_container(
    engine: Engine, image: str, tree: Path
) -> None:
    (tree / "mode0").unlink()
    with started(engine, image, "--user=65534:65534", "--tmpfs=/build:mode=1777") as container:
        container.copy_into(tree, PurePosixPath("/build/new"))
        unpacked_inside(container, tree, "/build/old")
        assert listed(container, "/build/new") == listed(container, "/build/old")


@pytest.mark.parametrize("root", ["busybox"], indirect=True)
def test_what_cannot_be_copied_is_one_error(container: OCIContainer, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").touch()
    container.call(["mkdir", "-p", "/build/target/file/full"])
    with pytest.raises(CopyError, match="/build/target in the container") as refused:
        container.copy_into(tmp_path / "there", PurePosixPath("/build/target"))
    assert "Fix:" in str(refused.value)


@pytest.mark.parametrize("root", ["busybox"], indirect=True)
def test_a_file_is_copied(container: OCIContainer, tmp_path: Path) -> None:
    folder = PurePosixPath("/build/in a/$folder/it's")
    sizes = (0, 1, 1000, SMALL, SMALL + 1)
    for size in sizes:
        data = (bytes(range(256)) * (size // 256 + 1))[:size]
        (tmp_path / f"{size}").write_bytes(data)
        container.copy_into(tmp_path / f"{size}", folder / f"{size} %s")
    container.copy_out(folder, tmp_path / "back")
    for size in sizes:
        data = (tmp_path / f"{size}").read_bytes()
        assert (tmp_path / f"back/{size} %s").read_bytes() == data
    said = container.call(
        ["sh", "-c", "stat -c '%a %u:%g' *"], capture_output=True, cwd=shlex.quote(str(folder))
    )
    assert set(said.splitlines()) == {"644 0:0"}


def test_files_are_listed(container: OCIContainer) -> None:
    script = (
        "mkdir 'a b' && cd 'a b' && touch ./x.whl '*.whl' ./-n.whl .h.whl y.txt && ln -s no l.whl"
    )
    container.call(["sh", "-c", f"{script} && mkdir d.whl && touch 'new\nline.whl'"])
    folder = PurePosixPath("/build/a b")
    found = container.glob(folder, "*.whl")
    names = ["*.whl", "-n.whl", "d.whl", "l.whl", "new\nline.whl", "x.whl"]
    assert sorted(found) == sorted(folder / name for name in names)
    assert container.glob(folder, "[xy].*") == [folder / "x.whl", folder / "y.txt"]
    assert container.glob(folder, "y.txt") == [folder / "y.txt"]
    assert container.glob(folder, "*.zip") == []
    assert container.glob(PurePosixPath("/none"), "*") == []


@pytest.mark.parametrize("root", ["gnu"], indirect=True)
def test_the_environment_is_what_a_python_sees(engine: Engine, image: str) -> None:
    script = "import os, json; print(json.dumps(os.environ.copy()))"
    for variables in ((), ("LC_ALL=", "LANG="), ("LC_ALL=C.UTF-8", "ODD=a b\n'c'\xe9", "EMPTY=")):
        with started(engine, image, *(f"--env={variable}" for variable in variables)) as container:
            seen = json.loads(container.call([PYTHON, "-c", script], env={}, capture_output=True))
            assert container.get_environment() == seen
            assert "PWD" in seen


@pytest.mark.parametrize("root", ["gnu"], indirect=True)
def test_programs_are_found(container: OCIContainer) -> None:
    path = f"/none:{Path(PYTHON).parent}:/usr/local/bin:/usr/bin"
    assert container.which(["python", "sh", "nothing"], {"PATH": path}) == [
        PYTHON,
        "/usr/bin/sh",
        "",
    ]
    assert container.programs([PYTHON, "/etc/passwd", "/usr", "/none"]) == [PYTHON]
    said = container.call([PYTHON, "-V"], capture_output=True).split()
    assert said == ["Python", container.python_version(Path(PYTHON).parents[1])]
    assert container.python_version("/none") == ""


@pytest.mark.parametrize("root", ["gnu"], indirect=True)
def test_a_command_sees_what_it_saw(container: OCIContainer) -> None:
    env = container.get_environment() | {
        "NAME WITH SPACE": "x",
        "IFS": "y",
        "PATH": "/usr/bin:/bin",
    }
    seen = container.call(["env", "-0"], env=env, capture_output=True)
    assert dict(pair.split("=", 1) for pair in seen.split("\0")[:-1]) == env
    with pytest.raises(subprocess.CalledProcessError) as failed:
        container.call(["sh", "-c", "exit 3"])
    assert failed.value.returncode == 3
    with pytest.raises(subprocess.CalledProcessError) as failed:
        container.call(["no such program"])
    assert failed.value.returncode == 127
