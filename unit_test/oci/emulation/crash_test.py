from __future__ import annotations

import subprocess

import pytest

from cibuildwheel.oci.container.shell import parse_list
from cibuildwheel.oci.emulation.crash import (
    ASK,
    Emulator,
    crash,
    parse_emulator,
    random_crashes,
)
from cibuildwheel.oci.wanted.platform import parse_platform

ARM64 = parse_platform("linux/arm64")
# as QEMU 7.2 of Debian 12 told it in a container, and what the kernel shows of one at a fixed place
TOLD = "qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright (c) 2003-2022 …"
GUEST = "00400000-00617000 r--p 00000000 fe:00 2162846                            /bin/bash"
FIXED = "00400000-00401000 r--p 00000000 fe:00 2163239                   /usr/bin/qemu-aarch64"


@pytest.mark.parametrize(
    ("said", "emulator"),
    [
        ([TOLD, "28", GUEST], Emulator("7.2.22")),
        ([TOLD, "32", GUEST], Emulator("7.2.22")),
        ([TOLD, "28", FIXED], Emulator("7.2.22")),
        ([TOLD, "32", FIXED], Emulator("7.2.22", scatters=True)),
        ([TOLD, "", ""], Emulator("7.2.22")),
        (["", "32", GUEST], Emulator()),
    ],
)
def test_what_a_container_tells(said: list[str], emulator: Emulator) -> None:
    assert parse_emulator(said) == emulator


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_question(shell: str) -> None:
    """This machine is not emulated: it tells no version, and its own memory."""
    ran = subprocess.run([shell], input=f"{{ {ASK}\n}}", text=True, stdout=-1, check=True)
    version, bits, lowest = parse_list(ran.stdout)
    assert version == ""
    assert bits == "" or bits.isdecimal()
    assert "-" in lowest.partition(" ")[0]


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_question_where_nothing_can_be_read(shell: str) -> None:
    question = ASK.replace("/proc/", "/nowhere/")
    ran = subprocess.run(
        [shell], input=f"{{ {question}\n}}", text=True, capture_output=True, check=True
    )
    assert parse_list(ran.stdout) == ["", "", ""]
    assert ran.stderr == ""


@pytest.mark.parametrize(
    ("version", "scatters", "known"),
    [
        ("7.0.0", True, True),
        ("7.2.0", True, True),
        ("8.0.4", True, True),
        ("8.1.5", True, False),
        ("10.0.2", True, False),
        ("7.2.22", False, False),
        ("", True, False),
    ],
)
def test_known_to_crash(version: str, scatters: bool, known: bool) -> None:
    assert bool(random_crashes(Emulator(version, scatters), ARM64)) is known


@pytest.mark.parametrize(
    ("returncode", "said", "how"),
    [
        (139, "", "it ended with code 139, SIGSEGV"),
        (132, "", "it ended with code 132, SIGILL"),
        (135, "", "it ended with code 135, SIGBUS"),
        # by a signal that a user or a memory limit may have sent
        (137, "Killed", ""),
        (134, "Aborted", ""),
        (1, "error: expected ';'", ""),
        # https://github.com/docker/buildx/issues/1170
        (
            1,
            "x\nqemu: uncaught target signal 11 (Segmentation fault)\ny",
            "a program that it ran ended so: uncaught target signal 11 (Segmentation fault)",
        ),
        (1, "qemu: uncaught target signal 6 (Aborted) - core dumped", ""),
        # https://github.com/build2/build2/issues/470
        (
            1,
            "aarch64-binfmt-P: QEMU internal SIGSEGV {code=MAPERR, addr=0x20}",
            "a program that it ran ended so: QEMU internal SIGSEGV {code=MAPERR, addr=0x20}",
        ),
        # https://github.com/NetHack-LE/nle/issues/46
        (
            2,
            "gmake[1]: *** [bz2_static.dir/all] Segmentation fault (core dumped)",
            "a program that it ran ended so: Segmentation fault",
        ),
    ],
)
def test_crash(returncode: int, said: str, how: str) -> None:
    assert crash(returncode, said) == how
