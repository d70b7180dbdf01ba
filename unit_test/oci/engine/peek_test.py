from __future__ import annotations

from pathlib import Path

import pytest

from cibuildwheel.oci.emulation.probe_image import executable
from cibuildwheel.oci.engine import peek as module
from cibuildwheel.oci.engine import unstarted
from cibuildwheel.oci.engine.peek import shell_machine
from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.wanted.address import Address
from cibuildwheel.oci.wanted.platform import parse_platform

AMD64 = parse_platform("linux/amd64")


@pytest.mark.parametrize(
    ("shell", "machine"),
    [(executable("i686", b""), "i686"), (b"#!/bin/bash\n", ""), (b"\x7fELF", ""), (None, "")],
)
def test_shell_machine(shell: bytes | None, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def change(*command: str) -> Answer:
        asked.append(command[1])
        if command[1] == "cp" and shell is not None:
            Path(command[-1]).write_bytes(shell)
        return Answer(0 if shell is not None else 1, "", "")

    for one in (module, unstarted):
        monkeypatch.setattr(one, "change", change)
    assert shell_machine(Address("docker"), "x:1", AMD64) == machine
    assert asked == ["create", "cp", "rm"]


def test_the_container_is_removed_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def change(*command: str) -> Answer:
        asked.append(command[1])
        if command[1] == "create":
            raise KeyboardInterrupt
        return Answer(0, "", "")

    for one in (module, unstarted):
        monkeypatch.setattr(one, "change", change)
    with pytest.raises(KeyboardInterrupt):
        shell_machine(Address("podman"), "x:1", AMD64)
    assert asked == ["create", "rm"]
