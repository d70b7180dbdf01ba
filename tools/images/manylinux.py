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
    return Content(layers, config(platform, TRIXIE.policy))


def config(platform: str, policy: str, **more: str) -> dict[str, object]:
    """What such an image tells its containers: the policy of its wheels, and `more` variables."""
    machine = port(platform).machine
    variables = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "AUDITWHEEL_ARCH": machine,
        "AUDITWHEEL_POLICY": policy,
        "AUDITWHEEL_PLAT": f"{policy}_{machine}",
        **more,
    }
    return {"Env": [f"{name}={value}" for name, value in variables.items()], "Cmd": ["/bin/bash"]}
