"""Contents that need no network, and a server of files in the place of a Debian mirror."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.images.document import Content
from tools.images.layer import file, layer
from tools.images.shapes import Contents


def named_content(platform: str) -> Content:
    """A file that names the platform, and nothing else."""
    return Content([layer([file("etc/platform", platform.encode())])], {"Cmd": ["/bin/sh"]})


@pytest.fixture
def contents() -> Contents:
    return named_content


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody listens."""
    return "http://127.0.0.1:1"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server of the files in `tmp_path`."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
