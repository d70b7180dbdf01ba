"""The first words to a shell, said to this machine's own, behind what entrypoints do."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from cibuildwheel.oci.container import begin as module
from cibuildwheel.oci.container.begin import begin, first_words, other_cpu
from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.errors import ContainerExitedError
from cibuildwheel.oci.plan.decide import Decision, Source
from cibuildwheel.oci.plan.settled import Settled
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from unit_test.oci.emulation.trial_test import engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

CPU = "max,x=on"
SHELLS = (("bash",), ("sh",), ("bash", "-c", "bash"), ("sh", "-c", "read -r line; exec bash"))


class Running:
    """A container whose shell is a process of this machine."""

    image = "registry.example/x:1"
    name: str | None = "nowhere"

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self.bash_stdin: IO[bytes] = process.stdin
        self.bash_stdout: IO[bytes] = process.stdout

    def ask_shell(self, question: str) -> list[str]:
        self.bash_stdin.write(f"{{ {question}\n}}; echo\n".encode())
        self.bash_stdin.flush()
        return parse_list(self.bash_stdout.readline().decode())


@contextmanager
def started(*command: str, env: dict[str, str] | None = None) -> Iterator[Running]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, **(env or {})}
    ) as process:
        running = Running(process)
        yield running
        process.kill()
        with suppress(BrokenPipeError):
            running.bash_stdin.close()


def settled(platform: str, cpu: str = "") -> Settled:
    of = parse_platform(platform)
    want = Want("docker", Running.image, of)
    return Settled(engine("linux/amd64"), Decision(want, Source.STORED, Running.image, of), cpu)


@pytest.fixture(autouse=True)
def no_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QEMU_CPU", raising=False)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("platform", ["linux/arm64", "linux/arm/v7", "linux/s390x"])
def test_emulated_cpu(shell: tuple[str, ...], platform: str, machine: Path) -> None:
    (machine / "uname").write_text("#!/bin/sh\necho aarch64\n")
    with started(*shell) as container:
        begin(container, settled(platform, CPU))
        assert container.ask_shell('sh -c \'printf "%s\\0" "$QEMU_CPU"\'') == [CPU]
        is_narrow = platform == "linux/arm/v7"
        assert container.ask_shell("printf '%s\\0' \"${LINUX32-}\"") == ["yes" if is_narrow else ""]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on PATH, with a `linux32` that leaves a mark and a `uname` to be written."""
    (tmp_path / "linux32").write_text('#!/bin/sh\nLINUX32=yes exec "$@"\n')
    for name in ("linux32", "uname"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("says", "marks"),
    [("i686", ""), ("i386", ""), ("armv7l", ""), ("armv8l", ""), ("x86_64", "yes"), ("", "yes")],
)
def test_linux32(shell: tuple[str, ...], says: str, marks: str, machine: Path) -> None:
    (machine / "uname").write_text(f"#!/bin/sh\necho {says}\n")
    with started(*shell) as container:
        begin(container, settled("linux/386"))
        assert container.ask_shell("printf '%s\\0' \"${LINUX32-}\"") == [marks]


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/386"])
def test_bash_env(platform: str, machine: Path, tmp_path: Path) -> None:
    """What is read at the start of a shell is read by each; each script of bash reads it, too."""
    (machine / "uname").write_text("#!/bin/sh\necho x86_64\n")
    file = tmp_path / "enable"
    # as images of Software Collections have it
    file.write_text('unset BASH_ENV; export SEEN="${SEEN-}x" PATH="/opt/x/bin:$PATH"; of=shell\n')
    with started("/bin/bash", env={"BASH_ENV": str(file)}) as container:
        begin(container, settled(platform))
        said = container.ask_shell('printf \'%s\\0\' "$SEEN" "${BASH_ENV-none}" "${PATH%%:*}"')
        assert said == ["x", "none", "/opt/x/bin"]
    file.write_text('export SEEN="${SEEN-}x" COUNTED=$((COUNTED + 1))\n')
    with started("/bin/bash", env={"BASH_ENV": str(file)}) as container:
        begin(container, settled(platform))
        seen = container.ask_shell('bash -c \'printf "%s\\0" "$SEEN"\'')
        assert seen == ["xxx" if platform == "linux/386" else "xx"]


def test_no_linux32(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "linux32").unlink()
    (machine / "uname").write_text("#!/bin/sh\necho x86_64\n")
    monkeypatch.setenv("PATH", str(machine))
    monkeypatch.setattr(module, "container_exited", lambda *_: ContainerExitedError("x"))
    with started("/bin/bash") as container, pytest.raises(ContainerExitedError):
        begin(container, settled("linux/386"))


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        (None, ""),
        ("cortex-a57", "info: QEMU_CPU stays cortex-a57 in this container, which sets it."),
    ],
)
def test_what_is_said_is_so(
    variable: str | None, line: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with started("bash", env={"QEMU_CPU": variable} if variable else {}) as container:
        begin(container, settled("linux/arm64", CPU))
        assert container.ask_shell("printf '%s\\0' \"$QEMU_CPU\"") == [variable or CPU]
    assert capfdbinary.readouterr().out.decode().strip() == line


def test_not_set() -> None:
    assert "could not be set" in other_cpu("")


def test_what_an_entrypoint_prints_is_shown(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    script = "echo welcome; printf '\\0> '; exec bash"
    with started("sh", "-c", script) as container:
        begin(container, settled("linux/amd64"))
        assert container.ask_shell("printf '%s\\0' clean") == ["clean"]
    assert capfdbinary.readouterr().out == b"welcome\n\0> "


@pytest.mark.parametrize("shell", [("true",), ("sh", "-c", "echo no shell")])
def test_no_shell(shell: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "container_exited", lambda *_: ContainerExitedError("x"))
    with started(*shell) as container, pytest.raises(ContainerExitedError):
        begin(container, settled("linux/amd64"))


def test_a_shell_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    monkeypatch.setattr("cibuildwheel.logger.log.warning", said.append)
    with started("sh", "-c", "sleep 1; exec bash") as container:
        begin(container, settled("linux/amd64"))
    assert len(said) == 1
    assert "has not answered for 0.1 seconds" in said[0]


def test_first_words_are_one_line_after_an_empty_one() -> None:
    for platform in ("linux/386", "linux/amd64", "linux/arm64"):
        words = first_words(parse_platform(platform), CPU, "mark")
        assert words.startswith("\n")
        assert words.count("\n") == 2
