from __future__ import annotations

from pathlib import Path

import pytest

from cibuildwheel.oci.emulation.probe_image import PROGRAMS as PROBES
from cibuildwheel.oci.emulation.probe_image import program
from tools.lab.qemu import PROGRAMS, rule


@pytest.mark.parametrize("architecture", PROGRAMS)
def test_rule_is_for_its_own_architecture_only(architecture: str) -> None:
    written = rule(architecture, Path("/x/qemu")).replace("\\x", "").split(":")
    assert (written[:4], written[6:]) == (["", "cpu", "M", ""], ["/x/qemu", "F"])
    magic, mask = map(bytes.fromhex, written[4:6])
    assert len(magic) == len(mask) == 20

    def taken(header: bytes) -> bool:
        return all((h ^ m) & k == 0 for h, m, k in zip(header, magic, mask, strict=False))

    assert [name for name in PROBES if taken(program(name))] == [architecture]
