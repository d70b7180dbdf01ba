"""Root file systems of Debian suites with that suite's Docker and podman, made by mmdebstrap."""

import subprocess
from pathlib import Path

from tools.cache import cached_folder
from tools.lab.errors import LabError

USER = "lab"
"""The user of every root file system that rootless podman runs as."""

USER_ID = 2000

_COMMON = [
    "aardvark-dns", "ca-certificates", "catatonit", "conmon", "containerd", "crun", "docker.io",
    "fuse-overlayfs", "iproute2", "iptables", "netavark", "nftables", "podman", "procps", "runc",
    "skopeo", "uidmap",
]  # fmt: skip
_PACKAGES = {
    "bookworm": [*_COMMON, "slirp4netns"],
    "trixie": [*_COMMON, "docker-buildx", "docker-cli", "passt"],
    "forky": [*_COMMON, "docker-buildx", "docker-cli", "passt"],
}
_OPTIONS = [
    "--mode=root",
    "--variant=minbase",
    "--aptopt=APT::Install-Recommends false",
    "--aptopt=Acquire::Languages none",
    # A mirror's Release file of testing may have expired.
    "--aptopt=Acquire::Check-Valid-Until false",
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "info", "locale", "man")),
    f'--customize-hook=chroot "$1" useradd --create-home --uid {USER_ID} {USER}',
]


def root(suite: str) -> Path:
    """Return the cached root file system of a Debian suite, made first if need be (70 s or so).

    Raises LabError when mmdebstrap fails or this machine's apt knows no Debian mirror.
    """
    packages = sorted(_PACKAGES[suite])
    recipe: dict[str, object] = {"suite": suite, "packages": packages, "options": _OPTIONS}

    def make(target: Path) -> None:
        # One explicit line: given none, mmdebstrap adds -security and -updates, which mirrors may
        # serve out of step.
        source = f"deb {mirror()} {suite} main"
        command = ["mmdebstrap", *_OPTIONS, f"--include={','.join(packages)}"]
        done = subprocess.run(
            [*command, suite, str(target), source], capture_output=True, text=True, check=False
        )
        if done.returncode:
            message = f"mmdebstrap could not make Debian {suite}:\n{done.stderr.strip()}"
            raise LabError(message)

    return cached_folder(f"lab/{suite}", recipe, make)


def mirror() -> str:
    """Return the address of a Debian mirror, from the configuration of this machine's apt.

    Raises LabError when there is none, as on an Ubuntu without Debian's archive configured.
    """
    done = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.rstrip("/").endswith("/debian"):
            return line.rstrip("/")
    message = (
        "apt on this machine knows no Debian mirror: the lab's root file systems need one line "
        "with the archive's main component in its sources"
    )
    raise LabError(message)
