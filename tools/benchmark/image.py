"""The image of the benchmark: ten interpreters, and a build frontend that costs nothing."""

from tools.images.document import DOCKER, Content, Image, manifest
from tools.images.layer import file, folder, layer, link
from tools.images.manylinux import manylinux

# Upstream's names of ten of its builds, and where each one's interpreter is.
INTERPRETERS = {
    "cp39": "cp39-cp39",
    "cp310": "cp310-cp310",
    "cp311": "cp311-cp311",
    "cp312": "cp312-cp312",
    "cp313": "cp313-cp313",
    "cp314": "cp314-cp314",
    "cp314t": "cp314-cp314t",
    "pp39": "pp39-pypy39_pp73",
    "pp310": "pp310-pypy310_pp73",
    "pp311": "pp311-pypy311_pp80",
}
REAL = "cp313-cp313"

# Stands for uv: makes an empty wheel, or nothing. It tells its process id, of which each container
# has its own count.
FREE_UV = b"""#!/bin/sh
for argument; do
  case $argument in
    --out-dir=*) tag=${CIBUILDWHEEL_BUILD_IDENTIFIER%%-*}
                 : >"${argument#*=}/free-1-$tag-$tag-$AUDITWHEEL_PLAT.whl" ;;
  esac
done
echo "process $$"
"""


def free_image(platform: str) -> Image:
    """manylinux for `platform`, with every interpreter a name of the one, and the free `uv`."""
    content = manylinux(platform)
    names = [name for name in INTERPRETERS.values() if name not in {REAL, "cp39-cp39"}]
    own = layer(
        [
            folder("usr/local/bin"),
            file("usr/local/bin/uv", FREE_UV, 0o755),
            *(link(f"opt/python/{name}", REAL) for name in names),
        ]
    )
    return manifest(DOCKER, Content((*content.layers, own), content.config), platform)


def real_image(platform: str) -> Image:
    """manylinux for `platform` as it is."""
    return manifest(DOCKER, manylinux(platform), platform)
