"""Where a case is made: an engine, its registry, and the machine that the program runs on."""

import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from tools.images.archive import docker_archive
from tools.images.document import OCI, Content, Entry, Image, Kind, attestation, index, manifest
from tools.images.layer import Member, anew, file, layer
from tools.images.push import push
from tools.images.tiny import unseen
from tools.lab.errors import LabError
from tools.lab.generation import Generation


@dataclass
class Stage:
    """What the preparation of a case has to work with.

    engine: the engine, emptied
    folder: an empty folder of this case's own, which the engine sees, too
    env: variables to be set for the program, in addition to those that lead to the engine
    path: folders to be first on its PATH
    stack: what is to be undone at the end
    again: runs the program on the image of this name, as the case will: for what a run before left
    """

    name: str
    engine: Generation
    folder: Path
    again: Callable[[str], object]
    stack: ExitStack
    env: dict[str, str] = field(default_factory=dict)
    path: list[Path] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)

    @property
    def repository(self) -> str:
        """The repository of this case's own, in the engine's registry."""
        return f"{self.engine.registry.address}/reported/{self.name}"

    def push(self, image: Image, tag: str = "1") -> str:
        """Put `image` into the registry; returns the name that the engine finds it by."""
        push(image, f"{self.engine.push_address}/reported/{self.name}:{tag}")
        self.images.append(image)
        return f"{self.repository}:{tag}"

    def push_behind(self, image: Image, address: str) -> str:
        """`push`, for who finds the registry by another of its addresses."""
        return self.push(image).replace(self.engine.registry.address, address)

    @property
    def layers(self) -> set[str]:
        """The digests of the layers of all that was pushed."""
        return {b.digest for i in self.images for part in i.walk() for b in part.blobs[1:]}

    def delete(self, digest: str) -> None:
        """Have the registry no longer have the manifest or, of the same repository, the blob."""
        for kind in ("manifests", "blobs"):
            url = f"http://{self.engine.push_address}/v2/reported/{self.name}/{kind}/{digest}"
            request = urllib.request.Request(url, method="DELETE")
            try:
                urllib.request.urlopen(request).close()
            except urllib.error.HTTPError as error:
                error.close()
                continue
            return
        raise LabError(f"the registry has no {digest} to delete")

    def load(self, image: Image, name: str) -> str:
        """Have the engine have `image`, which is of one platform, as `name`; returns that."""
        archive = self.folder / "archive.tar"
        with archive.open("wb") as target:
            docker_archive(image, name, target)
        self.run("load", f"--input={archive}")
        return name

    def run(self, *arguments: str, text: str = "") -> str:
        """What the engine's own command prints; raises LabError when it fails."""
        return self.engine.run(*arguments, text=text)

    def program(self, name: str, script: str) -> None:
        """Have a shell script be the program `name` of the machine."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        if folder not in self.path:
            self.path.insert(0, folder)


def content(
    platform: str,
    members: Iterable[Member] = (),
    config: Mapping[str, object] | None = None,
    base: Callable[[str], Content] = unseen,
) -> Content:
    """A root file system of `platform` that no engine has seen, with more files and configuration.

    `/etc/platform` names what it really is.
    """
    of = base(platform)
    more = list(members)
    return Content(
        layers=(*of.layers, *([anew(layer(more))] if more else [])),
        config={**of.config, **(config or {})},
    )


def single(platform: str, content_: Content | None = None, kind: Kind = OCI) -> Image:
    """One manifest."""
    return manifest(kind, content_ or content(platform), platform)


def indexed(*platforms: str, kind: Kind = OCI, attested: bool = False) -> Image:
    """An index of an image for each of `platforms`, with their attestations behind."""
    entries = [Entry(single(platform, kind=kind), platform) for platform in platforms]
    proofs = [attestation(e.image, str(e.platform)) for e in entries] if attested else []
    return index(kind, [*entries, *proofs])


PYTHONS = ("cp39-cp39", "cp313-cp313")
_ARCHS = {
    "linux/amd64": "x86_64",
    "linux/386": "i686",
    "linux/arm64": "aarch64",
    "linux/arm/v7": "armv7l",
    "linux/ppc64le": "ppc64le",
    "linux/s390x": "s390x",
    "linux/riscv64": "riscv64",
}
# As much of a Python as the two programs ask for.
_PYTHON = r"""#!/bin/sh
case "$1 $2" in
  "-c "*os.environ*)
    sep='{'
    env | sed 's/["\\]/\\&/g' | while IFS= read -r line; do
      printf '%s"%s": "%s"' "$sep" "${line%%=*}" "${line#*=}"; sep=,
    done
    printf '}' ;;
  "-c "*glob*)
    pattern=${2#*glob(\'}
    printf '['; sep=
    for file in ${pattern%%\'*}; do [ -e "$file" ] && printf '%s"%s"' "$sep" "$file" && sep=,; done
    printf ']' ;;
  "-m pip"|"-m build")
    for word; do
      case "$word" in --wheel-dir=*|--outdir=*) touch "${word#*=}/@WHEEL@" ;; esac
    done ;;
  *) echo "Python 3.13.0" ;;
esac
"""


def wheel(platform: str) -> str:
    """The name of the wheel that is made in `pythons` of `platform`."""
    return f"x-1-cp313-cp313-manylinux_2_17_{_ARCHS[platform]}.whl"


def pythons(platform: str) -> list[Member]:
    """Programs that pass for Python and make the `wheel` of what the content really is."""
    script = _PYTHON.replace("@WHEEL@", wheel(platform)).encode()
    return [
        file(f"opt/python/{name}/bin/{program}", script, 0o755)
        for name in PYTHONS
        for program in ("python", "pip")
    ]


def marked(of: Content) -> Content:
    """The same with another digest."""
    return replace(of, config={**of.config, "Labels": {"mark": uuid.uuid4().hex}})
