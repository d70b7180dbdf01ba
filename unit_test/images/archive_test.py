import io
import json
import tarfile

import pytest

from tools.images.archive import docker_archive, oci_layout
from tools.images.errors import ImageError
from tools.images.layer import digest
from tools.images.shapes import SHAPES, Contents


def read(archive: io.BytesIO) -> dict[str, bytes]:
    archive.seek(0)
    with tarfile.open(fileobj=archive) as tar:
        return {info.name: (tar.extractfile(info) or io.BytesIO()).read() for info in tar}


def test_docker_archive(contents: Contents) -> None:
    image = SHAPES["docker-manifest"].make("linux/arm64", contents)
    target = io.BytesIO()
    docker_archive(image, "localhost/a:1", target)
    files = read(target)
    (entry,) = json.loads(files.pop("manifest.json"))
    assert entry["RepoTags"] == ["localhost/a:1"]
    assert files == {path: files[path] for path in [entry["Config"], *entry["Layers"]]}
    assert all(digest(data) == "sha256:" + path.rpartition("/")[2] for path, data in files.items())


def test_docker_archive_of_an_index(contents: Contents) -> None:
    image = SHAPES["oci-index-one"].make("linux/arm64", contents)
    with pytest.raises(ImageError, match="not an index: write an OCI layout"):
        docker_archive(image, "localhost/a:1", io.BytesIO())


@pytest.mark.parametrize("name", SHAPES)
def test_oci_layout_is_complete(name: str, contents: Contents) -> None:
    shape = SHAPES[name]
    image = shape.make(shape.platforms[0], contents)
    target = io.BytesIO()
    oci_layout(image, "localhost/a:1", target)
    files = read(target)
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
    (root,) = json.loads(files["index.json"])["manifests"]
    assert root["annotations"]["org.opencontainers.image.ref.name"] == "localhost/a:1"
    digests = {part.digest for part in image.walk()}
    digests |= {blob.digest for part in image.walk() for blob in part.blobs}
    blobs = {path: data for path, data in files.items() if path.startswith("blobs/")}
    assert root["digest"] in digests
    assert {digest(data) for data in blobs.values()} == digests
    assert all(path == "blobs/" + digest(data).replace(":", "/") for path, data in blobs.items())
