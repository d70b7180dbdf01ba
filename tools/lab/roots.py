"""Root file systems of suites of Debian and Ubuntu with their Docker and podman, by mmdebstrap."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.cache import cached_folder
from tools.images.debian import extract, unpacked
from tools.lab.errors import LabError

USER = "lab"
"""The user of every root file system that rootless podman runs as."""

USER_ID = 2000

_COMMON = [
    "ca-certificates", "catatonit", "conmon", "containerd", "crun", "docker.io", "fuse-overlayfs",
    "iproute2", "iptables", "nftables", "podman", "procps", "runc", "skopeo", "uidmap",
]  # fmt: skip
_NETAVARK = ["aardvark-dns", "netavark"]
_PACKAGES = {
    "bookworm": [*_COMMON, *_NETAVARK, "slirp4netns"],
    "trixie": [*_COMMON, *_NETAVARK, "docker-buildx", "docker-cli", "passt"],
    "forky": [*_COMMON, *_NETAVARK, "docker-buildx", "docker-cli", "passt"],
    "jammy": [*_COMMON, "containernetworking-plugins", "slirp4netns"],
    "noble": [*_COMMON, *_NETAVARK, "slirp4netns"],
}
_UBUNTU = ("jammy", "noble")
_UBUNTU_ARCHIVE = "http://archive.ubuntu.com/ubuntu"
_UBUNTU_KEYS = "usr/share/keyrings/ubuntu-archive-keyring.gpg"
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
    """Return the cached root file system of a suite, made first if need be (70 s or so).

    Raises LabError when mmdebstrap fails or this machine's apt knows no Debian mirror.
    """
    packages = sorted(_PACKAGES[suite])
    recipe: dict[str, object] = {"suite": suite, "packages": packages, "options": _OPTIONS}

    def make(target: Path) -> None:
        command = ["mmdebstrap", *_OPTIONS, f"--include={','.join(packages)}"]
        with _source(suite) as source:
            done = subprocess.run(
                [*command, suite, str(target), source], capture_output=True, text=True, check=False
            )
        if done.returncode:
            message = f"mmdebstrap could not make {suite}:\n{done.stderr.strip()}"
            raise LabError(message)

    return cached_folder(f"lab/{suite}", recipe, make)


@contextmanager
def _source(suite: str) -> Iterator[str]:
    """Give the line of apt's that names the archive of `suite`.

    One explicit line: given none, mmdebstrap adds -security and -updates, which mirrors may serve
    out of step.
    """
    if suite not in _UBUNTU:
        yield f"deb {mirror()} {suite} main"
        return
    with (
        tempfile.TemporaryDirectory(prefix="ubuntu-") as scratch,
        unpacked("amd64", "trixie", ["ubuntu-archive-keyring"]) as tar,
    ):
        extract(tar, Path(scratch), (f"./{_UBUNTU_KEYS}",))
        Path(scratch).chmod(0o755)  # apt reads it as another user
        yield f"deb [signed-by={scratch}/{_UBUNTU_KEYS}] {_UBUNTU_ARCHIVE} {suite} main universe"


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
