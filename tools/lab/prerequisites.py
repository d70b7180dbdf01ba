"""What a machine needs for the lab."""

import os
import shutil

PACKAGES = {
    "docker-registry": "docker-registry",
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "setpriv": "util-linux",
    "slirp4netns": "slirp4netns",
    "unshare": "util-linux",
}
"""Commands, and the package of Debian and Ubuntu that each is in."""

# The keys that mmdebstrap checks Debian's archive with; an Ubuntu may lack them.
KEYRING = "debian-archive-keyring"


def packages() -> list[str]:
    """Return the Debian packages that the lab needs."""
    return sorted({KEYRING, *PACKAGES.values()})


def missing() -> str | None:
    """Return why this machine can't have the lab as it is, and what to do; None if it can."""
    if os.uname().sysname != "Linux":
        return "the lab needs Linux"
    if os.geteuid() != 0:
        return "the lab needs root, for namespaces and mounts"
    lacking = [command for command in PACKAGES if not shutil.which(command)]
    if lacking:
        install = " ".join(sorted({PACKAGES[command] for command in lacking}))
        return f"the lab needs {', '.join(lacking)}: apt-get install {install}"
    return None
