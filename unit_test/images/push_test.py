import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.images.errors import ImageError
from tools.images.push import Reference, parse_reference, push
from tools.images.shapes import SHAPES, Contents

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    "text, reference",
    [
        ("127.0.0.1:5000/a", Reference("127.0.0.1:5000", "a", "latest")),
        ("127.0.0.1:5000/a/b.c:1", Reference("127.0.0.1:5000", "a/b.c", "1")),
        ("localhost:5000/a:v1.2_x-y", Reference("localhost:5000", "a", "v1.2_x-y")),
        (f"localhost:5000/a@{DIGEST}", Reference("localhost:5000", "a", DIGEST)),
    ],
)
def test_reference(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    ["", "a", "a:1", "localhost/a:1", "localhost:5000", "localhost:5000/", "localhost:5000/a:",
     "localhost:5000/a@sha256:0", "localhost:5000/a b", "localhost:5000/a:1:2"],
)  # fmt: skip
def test_no_reference(text: str) -> None:
    with pytest.raises(ImageError, match="is no image reference of the form host:port/name"):
        parse_reference(text)


@given(st.text())
def test_any_text_is_a_reference_or_an_error(text: str) -> None:
    try:
        found = parse_reference(text)
    except ImageError:
        return
    assert text.startswith(f"{found.host}/{found.repository}")


def test_no_registry(contents: Contents) -> None:
    with socket.socket() as taken:  # bound, but nothing listens
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ImageError, match=f"no registry answers at {host}"):
            push(SHAPES["oci-manifest"].make("linux/arm64", contents), f"{host}/a:1")
