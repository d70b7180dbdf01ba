"""The fork as its users and maintainers get it, by the real installers from the real index."""

from __future__ import annotations

import email
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.fork.__main__ import main
from tools.fork.checkout import project_version
from tools.fork.git import AS_USER, git
from tools.fork.merge import own_files
from tools.fork.patch import blob_id
from tools.fork.release import wheel, wheel_files
from tools.fork.upstream import read_lock

if TYPE_CHECKING:
    from email.message import Message

    from tools.fork.files import Files

ROOT = Path(__file__).parent.parent
IDENTIFIERS = ["--print-build-identifiers", "--platform", "linux", "--archs", "aarch64"]

DESCRIBE = """
import importlib.metadata, json
distribution = importlib.metadata.distribution("cibuildwheel")
import cibuildwheel
points = sorted(f"{p.group}: {p.name} = {p.value}" for p in distribution.entry_points)
print(json.dumps([distribution.version, cibuildwheel.__version__, points, distribution.requires]))
"""


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    """Run a command that has to succeed, and return what it prints."""
    done = attempt(*command, cwd=cwd, **variables)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def attempt(
    *command: str | Path, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command, with a home folder and caches like the user's but not in this repository."""
    # uv has certificates of its own, and does not know those that only this machine trusts
    env = {"UV_SYSTEM_CERTS": "true"} | AS_USER | variables
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def make_venv(folder: Path) -> Path:
    """Make an empty virtual environment; returns its folder of programs."""
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin"


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installers, from the package index; the folder of their programs."""
    programs = make_venv(tmp_path_factory.mktemp("tools"))
    run(programs / "pip", "install", "--quiet", "build", "pipx", "uv")
    return programs


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the files of this one as they are now."""
    source = tmp_path_factory.mktemp("source") / "repository"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, source / path)
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "-m", "The fork")
    return source


@pytest.fixture
def scratch(source: Path, tmp_path: Path) -> Path:
    """A clone of `source` for a test that changes it."""
    git(tmp_path, "clone", "--quiet", str(source), "scratch")
    return tmp_path / "scratch"


@pytest.fixture(scope="session")
def built(source: Path, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that pip builds from the repository."""
    folder = tmp_path_factory.mktemp("built")
    run(tools / "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def upstream(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with upstream's own release."""
    return uv_install(
        tools, tmp_path_factory.mktemp("upstream"), f"cibuildwheel==={read_lock(ROOT).version}"
    )


def uv_install(tools: Path, folder: Path, requirement: str) -> Path:
    """Make a virtual environment with `requirement`; returns its folder of programs."""
    run(tools / "uv", "venv", "--quiet", "--clear", "--python", sys.executable, folder)
    options = ["--quiet", "--python", str(folder / "bin/python")]
    run(tools / "uv", "pip", "install", *options, requirement)
    return folder / "bin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that could be built, if nothing were skipped."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    return project


def describe(programs: Path) -> list[object]:
    """Return version, `__version__`, entry points and requirements of what is installed."""
    described = json.loads(run(programs / "python", "-c", DESCRIBE))
    assert isinstance(described, list)
    return described


def released() -> Files:
    lock = read_lock(ROOT)
    return wheel_files(wheel(ROOT, lock.version, lock.wheel))


def metadata(files: Files) -> Message:
    (path,) = (path for path in files if path.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(files[path])


def test_pip_from_git(source: Path, upstream: Path, project: Path, tmp_path: Path) -> None:
    programs = make_venv(tmp_path / "venv")
    run(programs / "pip", "install", "--quiet", f"git+{source.as_uri()}")
    version = project_version(source)
    assert describe(programs) == [version, version, *describe(upstream)[2:]]
    assert "No broken requirements" in run(programs / "pip", "check")
    identifiers = run(programs / "cibuildwheel", *IDENTIFIERS, project)
    assert "cp313-manylinux_aarch64" in identifiers.split()
    assert identifiers == run(upstream / "cibuildwheel", *IDENTIFIERS, project)
    nothing = ["--platform", "linux", "--allow-empty"]
    said = run(programs / "cibuildwheel", *nothing, project, cwd=tmp_path, CIBW_SKIP="*")
    assert f"cibuildwheel version {version}\n" in said


def test_the_wheel_holds_upstreams_files_and_ours(source: Path, built: Path) -> None:
    upstream, own = released(), own_files(source)
    with zipfile.ZipFile(built) as archive:
        names = {name for name in archive.namelist() if not name.startswith("cibuildwheel-")}
        files = {name: archive.read(name) for name in archive.namelist()}
    assert names == {name for name in upstream if name.startswith("cibuildwheel/")} | own.keys()
    assert own.items() <= files.items()
    ours, theirs = metadata(files), metadata(upstream)
    for field in ("Name", "Requires-Python", "Classifier", "Requires-Dist", "Provides-Extra"):
        assert ours.get_all(field) == theirs.get_all(field)
    assert ours.get_all("License-File") == ["LICENSE", "upstream/LICENSE"]
    (info,) = {name.split("/")[0] for name in files if name.startswith("cibuildwheel-")}
    (licence,) = (data for name, data in upstream.items() if name.endswith("/licenses/LICENSE"))
    assert files[f"{info}/licenses/upstream/LICENSE"] == licence
    assert files[f"{info}/licenses/LICENSE"] == (source / "LICENSE").read_bytes()


def test_nothing_of_upstreams_is_committed(source: Path) -> None:
    theirs = {blob_id(data) for data in released().values() if data}
    ours = git(source, "ls-tree", "-r", "--format=%(objectname)", "HEAD").split()
    assert not theirs.intersection(ours)


def test_every_way_to_build_gives_the_same_wheel(
    source: Path, built: Path, tools: Path, tmp_path: Path
) -> None:
    """By way of an sdist, with no git at hand, and by each frontend."""
    run(tools / "python", "-m", "build", "--sdist", "--outdir", tmp_path, source)
    (sdist,) = tmp_path.iterdir()
    assert shutil.which("git", path=tools) is None
    options = ["--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "sdist")]
    run(tools / "pip", "wheel", *options, sdist, PATH=str(tools))
    run(tools / "uv", "build", "--quiet", "--wheel", "--out-dir", tmp_path / "uv", source)
    (source / "upstream/LICENSE").write_text("not upstream's")  # ignored by git, written anew
    run(tools / "python", "-m", "build", "--wheel", "--outdir", tmp_path / "build", source)
    for way in ("sdist", "uv", "build"):
        (other,) = (tmp_path / way).glob("*.whl")
        assert (other.name, other.read_bytes()) == (built.name, built.read_bytes()), way


def test_editable(scratch: Path, tmp_path: Path) -> None:
    programs = make_venv(tmp_path / "venv")
    version = project_version(scratch)
    for _ in range(2):
        run(programs / "pip", "install", "--quiet", "--no-deps", "--editable", scratch)
    assert describe(programs)[:2] == [version, version]
    (scratch / "cibuildwheel/oci/new.py").write_text("answer = 42\n")
    command = "from cibuildwheel.oci.new import answer; print(answer)"
    assert run(programs / "python", "-c", command) == "42\n"
    assert git(scratch, "status", "--porcelain") == "?? cibuildwheel/oci/new.py\n"


def test_uv(source: Path, tools: Path, upstream: Path, tmp_path: Path) -> None:
    programs = uv_install(tools, tmp_path / "venv", f"git+{source.as_uri()}")
    version = project_version(source)
    assert describe(programs) == [version, version, *describe(upstream)[2:]]


@pytest.mark.parametrize("program, options", [("uvx", ["--from"]), ("pipx", ["run", "--spec"])])
def test_run_without_installing(
    source: Path,
    tools: Path,
    upstream: Path,
    project: Path,
    tmp_path: Path,
    program: str,
    options: list[str],
) -> None:
    said = run(
        tools / program,
        *options,
        f"git+{source.as_uri()}",
        "cibuildwheel",
        *IDENTIFIERS,
        project,
        PATH=f"{tools}{os.pathsep}{os.environ['PATH']}",
        PIPX_HOME=str(tmp_path / "pipx"),
        UV_CACHE_DIR=str(tmp_path / "uv"),
    )
    assert said == run(upstream / "cibuildwheel", *IDENTIFIERS, project)


@dataclass
class Build:
    """A build that is to be refused: `--no-build-isolation`, with upstream in the folder `site`."""

    source: Path
    programs: Path
    site: Path

    def refusal(self, *options: str) -> str:
        """Build a wheel, and return the only line that the build itself says."""
        done = attempt(
            *(self.programs / "pip", "wheel", "--no-deps", "--wheel-dir", self.site.parent),
            *options,
            self.source,
            PYTHONPATH=str(self.site),
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr + done.stdout
        assert "[1 lines of output]" in done.stderr
        (line,) = (line for line in done.stderr.splitlines() if line.startswith("      error: "))
        return line.removeprefix("      error: ")


@pytest.fixture
def build(scratch: Path, tools: Path, tmp_path: Path) -> Build:
    site = tmp_path / "site"
    # A copy, or an edit in it would be one of uv's cache.
    into = ["--quiet", "--link-mode=copy", "--target", str(site)]
    run(tools / "uv", "pip", "install", *into, "hatchling")
    version = f"cibuildwheel==={read_lock(scratch).version}"
    run(tools / "uv", "pip", "install", *into, "--no-deps", version)
    return Build(scratch, tools, site)


def test_refused_in_isolation(build: Build) -> None:
    (build.source / "patches/stray.patch").write_text("")
    assert build.refusal() == "patches/stray.patch is missing from patches/series"


def test_refused_with_a_tampered_upstream(build: Build) -> None:
    path = build.site / "cibuildwheel/options.py"
    path.write_bytes(path.read_bytes() + b"\n")
    assert build.refusal("--no-build-isolation") == (
        f"{path} is not upstream's: its hash is not that in upstream/SHA256SUMS"
    )


def test_refused_without_upstream(build: Build) -> None:
    version = read_lock(build.source).version
    shutil.rmtree(build.site / f"cibuildwheel-{version}.dist-info")
    assert build.refusal("--no-build-isolation") == (
        f"cibuildwheel {version} is not installed in the build environment (found: no version);"
        " a build without isolation needs it on PYTHONPATH, from:"
        f" pip install --no-deps --target DIR cibuildwheel==={version}"
    )


def test_the_series_is_as_exported(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"], source) == 0, capsys.readouterr().err


def test_bump_between_two_releases(
    scratch: Path, tools: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A patch of 4.2.1, as a series of its own, comes to 4.3.3 and into the wheel."""
    old, new, path = "4.2.1", "4.3.3", "cibuildwheel/oci_container.py"
    for patch in (scratch / "patches").iterdir():
        patch.unlink()
    (scratch / "patches/series").touch()
    assert main(["lock", old], scratch) == 0
    assert main(["checkout"], scratch) == 0
    tree = scratch / "build/upstream"
    with (tree / path).open("a") as module:
        module.write("\n\nOURS = True\n")
    git(tree, "commit", "--quiet", "--all", "-m", "Add ours\n\nUpstream-Status: Pending")
    assert main(["export"], scratch) == 0
    assert main(["check"], scratch) == 0
    first = (scratch / "patches/Add-ours.patch").read_bytes()
    assert main(["bump", new], scratch) == 0
    assert main(["export"], scratch) == 0
    assert main(["check"], scratch) == 0, capsys.readouterr().err
    assert (scratch / "patches/Add-ours.patch").read_bytes() != first
    assert read_lock(scratch).version == new
    run(tools / "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path / "dist", scratch)
    (built,) = (tmp_path / "dist").iterdir()
    assert built.name == f"cibuildwheel-{new}+platform.1-py3-none-any.whl"
    with zipfile.ZipFile(built) as archive:
        assert archive.read(path).endswith(b"\n\nOURS = True\n")
