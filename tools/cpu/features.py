"""What an emulated CPU says of itself to programs: the features that they may choose code by."""

import re
from pathlib import Path

from tools.cpu.measure import Machine
from tools.cpu.root import PYTHON

# getauxval(3): AT_HWCAP and AT_HWCAP2, and what QEMU makes of /proc/cpuinfo where it does.
_ASK = """
import ctypes
ask = ctypes.CDLL(None).getauxval
ask.restype = ctypes.c_ulong
print(ask(16), ask(26))
for line in open("/proc/cpuinfo"):
    name, _, value = line.partition(":")
    if name.strip() in ("isa", "hart isa"):
        print(value.strip())
        break
"""
# A bit of AT_HWCAP for each single-letter extension of RISC-V.
LETTERS = dict(enumerate("abcdefghijklmnopqrstuvwxyz"))
_DEFINE = re.compile(r"#define\s+(\w+)\s+\(?(0x[0-9a-fA-F]+|\d+)(?:U?L*\s*<<\s*(\d+))?")


def features(machine: Machine, cpu: str) -> set[str] | None:
    """The features that programs see on `cpu`; None if QEMU has no such CPU."""
    said = machine.ask(cpu, PYTHON, "-c", _ASK)
    if said is None:
        return None
    (capabilities, more), *isa = (line.split() for line in said.splitlines())
    found = {*_named(machine, "HWCAP", int(capabilities)), *_named(machine, "HWCAP2", int(more))}
    return found | {part for line in isa for part in _extensions(line[0])}


def _named(machine: Machine, word: str, bits: int) -> set[str]:
    known = LETTERS if machine.architecture == "riscv64" else _names(machine.root, word)
    places = (place for place in range(64) if bits >> place & 1)
    return {known.get(place, f"bit {place} of AT_{word}") for place in places}


def _names(root: Path, word: str) -> dict[int, str]:
    """The names that the C library's headers give to the bits of AT_HWCAP or AT_HWCAP2."""
    wanted = {
        "HWCAP": ("HWCAP_", "PPC_FEATURE_", "COMPAT_HWCAP_"),
        "HWCAP2": ("HWCAP2_", "PPC_FEATURE2_"),
    }[word]
    found = {}
    for header in ("asm/hwcap.h", "bits/hwcap.h"):
        for file in root.glob(f"usr/include/*-linux-gnu*/{header}"):
            for name, number, shift in _DEFINE.findall(file.read_text()):
                value = int(number, 0) << int(shift or 0)
                if name.startswith(wanted) and value.bit_count() == 1:
                    found[value.bit_length() - 1] = name
    return found


def _extensions(isa: str) -> list[str]:
    """The extensions in a RISC-V isa string, such as `rv64imafdc_zba`."""
    letters, *others = isa.split("_")
    return [*letters.removeprefix("rv64"), *others]
