"""Print each wheel of a folder, and the machine of every extension in it.

python -m tools.show_wheels FOLDER
"""

import sys
import zipfile
from pathlib import Path

from cibuildwheel.oci.image.elf import HEADER_BYTES, parse_elf


def show(wheel: Path) -> None:
    """Print the name of `wheel`, and a line for each shared object in it."""
    print(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".so"):
                with archive.open(name) as file:
                    print(f"  {name}: ELF for {parse_elf(file.read(HEADER_BYTES))}")


def main() -> int:
    """Show the wheels of the folder named on the command line; 1 if there is none."""
    wheels = sorted(Path(sys.argv[1]).glob("*.whl"))
    for wheel in wheels:
        show(wheel)
    return 0 if wheels else 1


if __name__ == "__main__":
    sys.exit(main())
