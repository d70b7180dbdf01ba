"""Puts an image into a registry, by the OCI distribution specification.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import BinaryIO
from urllib.parse import urljoin

from tools.images.document import Image
from tools.images.errors import ImageError
from tools.images.layer import Blob

TIMEOUT = 60.0

_REFERENCE = re.compile(
    r"(?P<host>[^/@]+:\d+)/(?P<repository>[a-z0-9._/-]+)"
    r"(?::(?P<tag>[\w.-]+)|@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True)
class Reference:
    """A name of an image in a registry on this machine: `127.0.0.1:5000/some/name:tag`."""

    host: str
    repository: str
    name: str

    @property
    def url(self) -> str:
        """The root of the repository in the registry's API."""
        return f"http://{self.host}/v2/{self.repository}"


def parse_reference(text: str) -> Reference:
    """The reference that `text` is; no tag means `latest`. Raises ImageError if it is none.

    The port is required: only a plain HTTP registry is spoken to, and that is a local one.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        msg = f"{text!r} is no image reference of the form host:port/name[:tag]"
        raise ImageError(msg)
    return Reference(
        match["host"], match["repository"], match["tag"] or match["digest"] or "latest"
    )


def push(image: Image, to: str) -> str:
    """Put `image` and all within it into the registry and repository of the reference `to`.

    Returns the reference by digest. Raises ImageError if the registry refuses any of it.
    """
    reference = parse_reference(to)
    for part in image.walk():
        for blob in part.blobs:
            _put_blob(reference, blob)
        name = reference.name if part is image else part.digest
        _put_manifest(reference, part, name)
    return f"{reference.host}/{reference.repository}@{image.digest}"


def fetch(reference: str, accept: str) -> tuple[str, bytes]:
    """The media type and the bytes of the document that `reference` names.

    Raises ImageError if the registry has none of the media types in `accept`.
    """
    where = parse_reference(reference)
    headers = {"Accept": accept}
    with _request("GET", f"{where.url}/manifests/{where.name}", headers=headers) as answer:
        return answer.headers["Content-Type"], answer.read()


def _put_manifest(reference: Reference, image: Image, name: str) -> None:
    headers = {"Content-Type": image.media_type}
    _request("PUT", f"{reference.url}/manifests/{name}", image.data, headers).close()


# The registry loses a blob that is put twice at once: of 100 new ones, 8 then refused a manifest.
_one_at_a_time = threading.Lock()


def _put_blob(reference: Reference, blob: Blob) -> None:
    with _one_at_a_time:
        if not _has(reference, blob):
            _upload(reference, blob)


def _upload(reference: Reference, blob: Blob) -> None:
    start = f"{reference.url}/blobs/uploads/"
    with _request("POST", start, b"") as answer:
        upload = urljoin(start, answer.headers["Location"])
    upload += ("&" if "?" in upload else "?") + "digest=" + blob.digest
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)}
    with blob.open() as data:
        _request("PUT", upload, data, headers).close()


def _has(reference: Reference, blob: Blob) -> bool:
    request = urllib.request.Request(f"{reference.url}/blobs/{blob.digest}", method="HEAD")
    try:
        with _opener.open(request, timeout=TIMEOUT):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except urllib.error.URLError as error:
        raise _unreachable(request, error) from error


# A proxy of the machine's is not for a registry on the machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _request(
    method: str,
    url: str,
    data: bytes | BinaryIO | None = None,
    headers: dict[str, str] | None = None,
) -> HTTPResponse:
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        answer: HTTPResponse = _opener.open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        with error:
            said = error.read().decode(errors="replace").strip()
        msg = f"the registry answered {method} {url} with {error.code}: {said}"
        raise ImageError(msg) from error
    except urllib.error.URLError as error:
        raise _unreachable(request, error) from error
    return answer


def _unreachable(request: urllib.request.Request, error: urllib.error.URLError) -> ImageError:
    return ImageError(f"no registry answers at {request.host}: {error.reason}")
