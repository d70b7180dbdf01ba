"""Contents that need no network: a file that names the platform, and nothing else."""

import pytest

from tools.images.document import Content
from tools.images.layer import file, layer
from tools.images.shapes import Contents


def named_content(platform: str) -> Content:
    return Content([layer([file("etc/platform", platform.encode())])], {"Cmd": ["/bin/sh"]})


@pytest.fixture
def contents() -> Contents:
    return named_content
