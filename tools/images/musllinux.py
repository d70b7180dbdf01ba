"""A root file system like that of a musllinux image: Debian's programs, and Python on musl."""

from functools import cache

from tools.images.base import TRIXIE, base
from tools.images.configured import configured
from tools.images.cpython import PREFIX, cpython
from tools.images.document import Content
from tools.images.environment import environment
from tools.images.manylinux import config
from tools.images.musl import musl
from tools.images.uv import uv

# auditwheel's name for musl 1.2, whichever it is of them.
POLICY = "musllinux_1_2"


@cache
def musllinux(platform: str) -> Content:
    """The content of `platform`: a compiler for musl, auditwheel, Python and uv.

    Raises ImageError if what it is made of can't be had.
    """
    unpacked = base(platform, TRIXIE)
    layers = (
        unpacked,
        configured(platform, TRIXIE, unpacked),
        musl(platform, TRIXIE),
        cpython(platform, TRIXIE),
        environment(TRIXIE, PREFIX),
        uv(platform),
    )
    return Content(layers, config(platform, POLICY, CC="musl-gcc"))
