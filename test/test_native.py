"""`native-tools` on real engines: put into an emulated container, proven, and used or not.

test_builds.py has the wheels that are built with them.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container.equip import use_tools
from cibuildwheel.oci.emulation.probe import try_own
from cibuildwheel.oci.emulation.trial import Ability
from cibuildwheel.oci.engine.describe import describe
from cibuildwheel.oci.errors import NativeToolsError
from cibuildwheel.oci.native import cache
from cibuildwheel.oci.native.ask import ask_image
from cibuildwheel.oci.native.clang import CC, CONFIG, CXX
from cibuildwheel.oci.native.gcc import SEARCHED, VARIABLE
from cibuildwheel.oci.native.uv import ASK, UV
from cibuildwheel.oci.plan.planner import make_plan
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from cibuildwheel.oci_container import OCIContainer, OCIContainerEngineConfig, OCIPlatform
from tools.cache import cache_root
from tools.certificates import mounted
from tools.images.cross import cross
from tools.images.layer import file, layer
from tools.images.manylinux import manylinux
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.images.toolset import toolset
from tools.lab import handlers
from tools.lab.plugin import use
from tools.projects import MIXED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.images.document import Content, Image
    from tools.images.shapes import Contents
    from tools.lab.engine import Engine

pytestmark = [
    pytest.mark.default_engines("docker28-containerd", "podman5.4"),
    pytest.mark.spread,
]
ARM64, AMD64 = "linux/arm64", "linux/amd64"
EMULATED = ("linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x", "linux/riscv64")


@pytest.fixture(scope="module")
def engine(running_engine: Engine) -> Engine:
    """An engine that is up, where images stay: to have one pulled takes longer than most tests."""
    running_engine.reset()
    return running_engine


@pytest.fixture(autouse=True)
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process use the engine; no container and no probe may be left in it."""
    use(engine.env, monkeypatch)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(cache, "CIBW_CACHE_PATH", cache_root() / "cibuildwheel")
    yield
    assert engine.run("ps", "--all", "--quiet") == ""
    assert "cibuildwheel-probe" not in engine.run("images", "--all")


def container(
    engine: Engine,
    contents: Contents,
    platform: str = ARM64,
    *create_args: str,
    tools: tuple[str, ...] = ("clang",),
) -> OCIContainer:
    """One with `native-tools`, to be entered."""
    image = pushed(engine, SHAPES["oci-manifest"].make(platform, contents))
    config = OCIContainerEngineConfig(
        engine.kind, disable_host_mount=True, create_args=create_args, native_tools=tools
    )
    return OCIContainer(image=image, oci_platform=OCIPlatform(platform), engine=config, cwd="/")


def pushed(engine: Engine, image: Image) -> str:
    """The name of `image` in the registry, which no other has."""
    name = f"native:{image.digest.removeprefix('sha256:')}"
    push(image, f"{engine.push_address}/{name}")
    return f"{engine.registry.address}/{name}"


def with_compiler_of_its_own(platform: str) -> Content:
    content = tiny(platform)
    return replace(content, config={**content.config, "Env": [*content.config["Env"], "CXX=g++"]})


def test_emulated(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, manylinux) as running:
        said = capsys.readouterr().out
        environment = running.get_environment()
        version = running.call(["sh", "-c", '"$CC" --version'], capture_output=True)
        use_tools(running, {**environment, "CC": "gcc", "CXX": "g++"}, with_uv=False)
    assert "info: clang will run natively in linux/arm64 containers (native-tools)." in said
    assert f"info: clang runs natively in this container: CC={CC} (native-tools)." in said
    assert "is set, and used" not in said
    assert (environment["CC"], environment["CXX"]) == (CC, CXX)
    assert version.startswith("clang version 20.")
    assert "Target: aarch64" in version
    assert "info: CC=gcc CXX=g++ is set, and used" in capsys.readouterr().out


def test_image_that_names_a_compiler(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, with_compiler_of_its_own) as running:
        assert running.ask_shell('printf \'%s\\0\' "${CC-none}" "$CXX"') == ["none", "g++"]
        assert running.programs([CC, CXX]) == []
    assert "info: CXX=g++ is set, and used, not the native" in capsys.readouterr().out
    # and the plan says so once the engine has the image, by its name
    engine.run("pull", f"--platform={ARM64}", running.image)
    config = OCIContainerEngineConfig(engine.kind)
    want = Want(config.name, running.image, parse_platform(ARM64), tools=("clang", "uv"))
    (planned,) = make_plan([want])
    assert (planned.compiler, planned.tools) == ("CXX=g++", ("uv",))


def test_native(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with container(engine, tiny, AMD64) as running:
        assert running.ask_shell("printf '%s\\0' \"${CC-none}\"") == ["none"]
        assert running.native_tools == ()
        assert running.programs([CC, CXX]) == []
    line = "info: native-tools do nothing in linux/amd64 containers: those are not emulated."
    assert capsys.readouterr().out.count(line) == 1


def test_no_gcc(engine: Engine) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    words = "has no gcc whose libraries clang could use: .*gcc: (command )?not found"
    with pytest.raises(NativeToolsError, match=words), container(engine, tiny):
        pass


def test_gcc_under_opt_rh(engine: Engine) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, toolset) as running:
        assert running.programs(["/usr/bin/gcc", "/usr/bin/g++", CC]) == [CC]
        configured = running.call(["cat", CONFIG], capture_output=True).splitlines()
    (place,) = (line for line in configured if line.startswith("--gcc-install-dir="))
    assert place.startswith("--gcc-install-dir=/opt/rh/gcc-toolset-14/root/usr/")


def test_the_compiler_fails(engine: Engine, tmp_path: Path) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    running = container(engine, manylinux, ARM64, f"--volume={tmp_path}:/usr/include")
    with pytest.raises(NativeToolsError, match="The native clang does not work") as error, running:
        pass
    assert "fatal error: 'math.h' file not found" in str(error.value)
    assert "Fix: Build without native-tools" in str(error.value)


@pytest.mark.parametrize("platform", EMULATED)
def test_programs_of_its_own_machine_run_anywhere(engine: Engine, platform: str) -> None:
    trial = try_own(describe(Address(engine.kind)), parse_platform(platform))
    assert (trial.ability, trial.said) == (Ability.EMULATED, "")


# uv


def test_uv(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, manylinux, tools=("uv",)) as running:
        said = capsys.readouterr().out
        environment = running.get_environment()
        image_has = running.which(["uv"], environment)
        version = running.call(["uv", "--version"], environment, capture_output=True)
        pip, with_uv, other = environment.copy(), environment.copy(), environment.copy()
        use_tools(running, pip, with_uv=False)
        use_tools(running, with_uv, with_uv=True)
        used = running.which(["uv"], with_uv)
        same = running.call(["uv", "--version"], with_uv, capture_output=True)
        assert "is set, and used" not in capsys.readouterr().out
        # one that was installed meanwhile
        running.call(["sh", "-c", "echo 'echo uv 0.1.0' >/usr/bin/uv; chmod +x /usr/bin/uv"])
        other["PATH"] = f"/usr/bin:{other['PATH']}"
        use_tools(running, other, with_uv=True)
        assert running.which(["uv"], other) == ["/usr/bin/uv"]
    number = version.split()[1]
    assert f"info: uv {number} runs natively in this container (native-tools)." in said
    assert (image_has, used, pip) == (["/usr/local/bin/uv"], [UV], environment)
    assert "aarch64" in version
    assert (same.split()[1], "x86_64" in same) == (number, True)
    line = f"info: /usr/bin/uv is uv 0.1.0, and used, not the native {number} of native-tools."
    assert line in capsys.readouterr().out
    assert "CC" not in environment


def test_uv_of_no_image(engine: Engine) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with (
        pytest.raises(NativeToolsError, match=r"/native:\w+ has no uv, which native-tools"),
        container(engine, tiny, tools=("uv",)),
    ):
        pass


def test_uv_of_a_version_that_is_not_to_be_had(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    monkeypatch.setattr(cache, "CIBW_CACHE_PATH", tmp_path)
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": os.fspath(tmp_path)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    words = r"^uv==[\d.]+, which native-tools needs, can't be fetched: .*No matching distribution"
    with (
        pytest.raises(NativeToolsError, match=words),
        container(engine, manylinux, tools=("uv",)),
    ):
        pass


def test_uv_of_an_image_that_is_not_there(engine: Engine) -> None:
    args = (f"--platform={ARM64}", "--pull=never")
    assert ask_image(describe(Address(engine.kind)), "localhost/nothing:1", args, ASK) is None


PACKAGES = ("MarkupSafe==3.0.3", "pytest==9.0.2")


def test_native_uv_installs_the_same(engine: Engine, tmp_path: Path) -> None:
    """A virtual environment, a wheel of the platform, and programs that start modules."""
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    installed = {}
    args = mounted(tmp_path)
    with engine.uplink(), container(engine, manylinux, ARM64, args, tools=("uv",)) as running:
        emulated, native = running.get_environment(), running.get_environment()
        use_tools(running, native, with_uv=True)
        for name, environment in {"emulated": emulated, "native": native}.items():
            environment |= {"UV_CACHE_DIR": f"/{name}", "VIRTUAL_ENV": "/venv"}
            python = "/opt/python/cp313-cp313/bin/python"
            running.call(["uv", "venv", "/venv", "--python", python], environment)
            running.call(["uv", "pip", "install", *PACKAGES], environment)
            running.copy_out(PurePosixPath("/venv"), tmp_path / name)
            running.call(["rm", "-rf", "/venv"])
            installed[name] = tree(tmp_path / name)
    assert installed["native"] == installed["emulated"]
    (wheel,) = (name for name in installed["native"] if "markupsafe-" in name and "WHEEL" in name)
    assert b"aarch64" in installed["native"][wheel]


def tree(folder: Path) -> dict[str, bytes]:
    """The files in `folder` but for byte code, and where links lead; lists of files in order."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.fsencode(path.readlink())
        elif path.is_file() and path.suffix != ".pyc":
            content = path.read_bytes()
            ordered = path.name == "RECORD"
            found[name] = b"\n".join(sorted(content.splitlines())) if ordered else content
    return found


# gcc


COMPILATIONS = {
    "c.o": ["gcc", "-O3", "mixed_c.c"],
    "c-g.o": ["gcc", "-O2", "-g", "mixed_c.c"],
    "cpp.o": ["g++", "-O2", "-g", "mixed_cpp.cpp"],
}


def gcc_of(engine: Engine, contents: Contents) -> tuple[str, ...]:
    return (f"gcc={pushed(engine, SHAPES['oci-index-attested'].make(AMD64, contents))}",)


def test_gcc_makes_the_same(
    engine: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Of an extension of C and of one of C++: the same object files, byte for byte."""
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with container(engine, manylinux, tools=gcc_of(engine, cross(ARM64))) as running:
        said = capsys.readouterr().out
        running.copy_into(MIXED.folder, PurePosixPath("/mixed"))
        running.make_folder("/out")
        native = running.get_environment()
        emulated = {name: value for name, value in native.items() if name != VARIABLE}
        used = running.call(["g++", "-print-prog-name=cc1plus"], native, capture_output=True)
        for name, environment in {"native": native, "emulated": emulated}.items():
            for file, compile_ in COMPILATIONS.items():
                out = f"/out/{name}-{file}"
                command = [*compile_, "-fPIC", "-I/usr/include/python3.13", "-c", "-o", out]
                running.call(command, environment, cwd="/mixed")
        running.copy_out(PurePosixPath("/out"), tmp_path)
    assert "info: gcc will run natively in linux/arm64 containers (native-tools)." in said
    assert "info: gcc runs natively in this container: (Debian 14.2.0-19) version 14.2.0" in said
    assert used.strip().startswith(SEARCHED)
    for file in COMPILATIONS:
        one, other = (tmp_path / f"{name}-{file}" for name in ("native", "emulated"))
        assert one.read_bytes() == other.read_bytes()


def another(platform: str) -> Content:
    """An image whose cross gcc is not the one of manylinux."""
    says = (
        "case $1 in -dumpmachine) echo aarch64-linux-gnu ;; -dumpversion) echo 14 ;; -quiet) "
        "echo 'GNU C17 (Debian 14.3.0-5) version 14.3.0 (aarch64-linux-gnu)' ;; --version) "
        "echo 'GNU assembler (GNU Binutils for Debian) 2.44' ;; *) echo $0 ;; esac"
    )
    content = tiny(platform)
    gcc = file("usr/bin/aarch64-linux-gnu-gcc-14", f"#!/bin/sh\n{says}\n".encode(), 0o755)
    return replace(content, layers=(*content.layers, layer([gcc])))


@pytest.mark.parametrize(
    "contents, words",
    [
        (tiny, "has no aarch64-linux-gnu-gcc that native-tools could run: there is none on PATH"),
        (another, r"another one: \(Debian 14\.3\.0-5\) .* stands for \(Debian 14\.2\.0-19\) "),
    ],
)
def test_gcc_of_an_image_that_is_not_the_right_one(
    engine: Engine, contents: Contents, words: str
) -> None:
    if why := handlers.lacking(ARM64):
        pytest.skip(why)
    with (
        pytest.raises(NativeToolsError, match=words),
        container(engine, manylinux, tools=gcc_of(engine, contents)),
    ):
        pass
