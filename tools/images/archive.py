"""Images as archives, for a store that is filled without a registry (`docker load`)."""

import json
import tarfile
from collections.abc import Iterator
from typing import IO

from tools.images.document import Image
from tools.images.errors import ImageError
from tools.images.layer import EPOCH, Blob, blob


def docker_archive(image: Image, name: str, target: IO[bytes]) -> None:
    """Write what `docker save` writes of the one-platform `image`, to be loaded as `name`.

    `docker load` and `podman load` take it, of every generation. Raises ImageError for an index.
    """
    if image.children:
        msg = "a Docker archive holds images of one platform, not an index: write an OCI layout"
        raise ImageError(msg)
    config, *layers = image.blobs
    paths = [_path(layer.digest) for layer in layers]
    entry = {"Config": _path(config.digest), "RepoTags": [name], "Layers": paths}
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        for part in {part.digest: part for part in image.blobs}.values():
            _add(tar, _path(part.digest), part)
        _add(tar, "manifest.json", blob(json.dumps([entry]).encode()))


def oci_layout(image: Image, name: str, target: IO[bytes]) -> None:
    """Write `image`, of any shape, as a tar archive of an OCI image layout, named `name`.

    https://github.com/opencontainers/image-spec/blob/main/image-layout.md. `podman load` takes it,
    and `docker load` with the containerd store.
    """
    descriptor = {
        "mediaType": image.media_type,
        "digest": image.digest,
        "size": len(image.data),
        "annotations": {
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": name,
        },
    }
    root = {"schemaVersion": 2, "manifests": [descriptor]}
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, "oci-layout", blob(b'{"imageLayoutVersion": "1.0.0"}'))
        _add(tar, "index.json", blob(json.dumps(root).encode()))
        for part in {part.digest: part for part in _all_blobs(image)}.values():
            _add(tar, _path(part.digest), part)


def _all_blobs(image: Image) -> Iterator[Blob]:
    for part in image.walk():
        yield from part.blobs
        yield blob(part.data)


def _path(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def _add(tar: tarfile.TarFile, path: str, part: Blob) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = part.size, EPOCH, 0o644
    with part.open() as data:
        tar.addfile(info, data)
