"""Files of Debian packages for any architecture, unpacked without running any of them."""

import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.images.errors import ImageError

# A mirror that caches may have the files of a suite out of step by one name, and not by the other.
STABLE = "stable"

MIRROR_VARIABLE = "CIBUILDWHEEL_PLATFORM_DEBIAN_MIRROR"


def mirror() -> str | None:
    """The Debian mirror that this machine's apt uses, or `$CIBUILDWHEEL_PLATFORM_DEBIAN_MIRROR`.

    None where neither names one (another distribution): mmdebstrap has a default of its own.
    """
    if chosen := os.environ.get(MIRROR_VARIABLE):
        return chosen
    if shutil.which("apt-get") is None:
        return None
    # Debian-Security has a label of its own.
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian"]
    found = subprocess.run(
        [*command, "Label: Debian"], stdout=subprocess.PIPE, text=True, check=False
    )
    return next(iter(found.stdout.split()), None)


@contextmanager
def unpacked(architecture: str, suite: str, packages: Sequence[str]) -> Iterator[tarfile.TarFile]:
    """A tar archive of the files in `packages` and in what they depend on.

    Packages are unpacked but not configured: no maintainer script runs, so there are no users, no
    alternatives and no generated files. Raises ImageError if mmdebstrap is missing or fails.
    """
    if shutil.which("mmdebstrap") is None:
        msg = "mmdebstrap is not installed: apt-get install mmdebstrap debian-archive-keyring"
        raise ImageError(msg)
    with tempfile.TemporaryDirectory(prefix="debian-") as scratch:
        archive = Path(scratch, "root.tar")
        _mmdebstrap(architecture, suite, packages, archive)
        with tarfile.open(archive) as tar:
            yield tar


def extract(tar: tarfile.TarFile, target: Path, prefixes: tuple[str, ...]) -> None:
    """Extract the entries of Debian's whose names begin with one of `prefixes` into `target`."""
    # The default of newer Pythons refuses the links to absolute paths that Debian has; the
    # argument `filter` is not known to the Python 3.11 of Debian 12.
    tar.extraction_filter = lambda member, _: member
    tar.extractall(target, (member for member in tar if member.name.startswith(prefixes)))


def _mmdebstrap(architecture: str, suite: str, packages: Sequence[str], archive: Path) -> None:
    source = mirror()
    ran = _run_mmdebstrap(architecture, suite, packages, archive, source)
    if ran.returncode and source and is_called(source, STABLE, suite):
        ran = _run_mmdebstrap(architecture, STABLE, packages, archive, source)
    if ran.returncode:
        msg = (
            f"mmdebstrap could not unpack {architecture} packages of {suite} "
            f"from {source or 'its default mirror'} (exit code {ran.returncode}): "
            f"{ran.stderr.strip()}"
        )
        raise ImageError(msg)


def is_called(source: str, name: str, suite: str) -> bool:
    """Whether `name` is what the mirror at `source` calls `suite` too."""
    try:
        with urllib.request.urlopen(f"{source.rstrip('/')}/dists/{name}/InRelease") as release:
            return f"\nCodename: {suite}\n".encode() in release.read()
    except OSError:
        return False


def _run_mmdebstrap(
    architecture: str, suite: str, packages: Sequence[str], archive: Path, source: str | None
) -> subprocess.CompletedProcess[str]:
    # Without a mirror the updates of the suite are added, and for a port that is not the
    # machine's own they can be out of step with the suite itself.
    only_suite = ["--setup-hook=sed -i -E '/-(security|updates)/d' \"$1\"/etc/apt/sources.list"]
    command = [
        *("mmdebstrap", "--quiet", "--variant=extract", f"--architectures={architecture}"),
        *("--aptopt=APT::Install-Recommends false", '--aptopt=Acquire::Languages "none"'),
        *("--aptopt=Acquire::Retries 3", "--include=" + ",".join(packages)),
        # A mirror's Release file of testing may have expired.
        "--aptopt=Acquire::Check-Valid-Until false",
        *([] if source else only_suite),
        *(suite, os.fspath(archive)),
        *([source] if source else []),
    ]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
