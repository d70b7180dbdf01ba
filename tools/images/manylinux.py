"""A root file system like that of a manylinux image, made from Debian packages."""

from functools import cache

from tools.images.base import TRIXIE, base
from tools.images.configured import configured
from tools.images.document import Content
from tools.images.environment import environment
from tools.images.ports import port
from tools.images.uv import uv


@cache
def manylinux(platform: str) -> Content:
    """The content of `platform`: a compiler, auditwheel, and Python with pip in `/opt/python`.

    Packages are unpacked, not installed: `apt-get` has nothing to go on in it. Raises ImageError
    if what it is made of can't be had.
    """
    unpacked = base(platform, TRIXIE)
    layers = (unpacked, configured(platform, TRIXIE, unpacked), environment(TRIXIE), uv(platform))
    machine = port(platform).machine
    variables = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "AUDITWHEEL_ARCH": machine,
        "AUDITWHEEL_POLICY": TRIXIE.policy,
        "AUDITWHEEL_PLAT": f"{TRIXIE.policy}_{machine}",
    }
    environment_ = [f"{name}={value}" for name, value in variables.items()]
    return Content(layers, {"Env": environment_, "Cmd": ["/bin/bash"]})
