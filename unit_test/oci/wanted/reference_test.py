from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.wanted.reference import (
    Reference,
    at_digest,
    from_registry,
    is_id,
    is_pinned,
    parse_reference,
    transport,
)

ONE, TWO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
LONG = f"sha512:{'a' * 128}"


@pytest.mark.parametrize(
    ("text", "host", "name", "tag", "digest"),
    [
        ("debian", "", "debian", "", ""),
        ("debian:12", "", "debian", "12", ""),
        ("pypa/manylinux_2_28:latest", "", "pypa/manylinux_2_28", "latest", ""),
        ("quay.io/pypa/manylinux_2_28", "quay.io", "quay.io/pypa/manylinux_2_28", "", ""),
        ("quay.io/pypa/x:1", "quay.io", "quay.io/pypa/x", "1", ""),
        ("host:5000/x", "host:5000", "host:5000/x", "", ""),
        ("host:5000/x:1", "host:5000", "host:5000/x", "1", ""),
        ("localhost/x", "localhost", "localhost/x", "", ""),
        ("localhost:5000", "", "localhost", "5000", ""),
        ("127.0.0.1:5000/a/b/c:1", "127.0.0.1:5000", "127.0.0.1:5000/a/b/c", "1", ""),
        ("[::1]/x", "[::1]", "[::1]/x", "", ""),
        ("[fd00::1]:5000/x:1", "[fd00::1]:5000", "[fd00::1]:5000/x", "1", ""),
        ("Host/x", "Host", "Host/x", "", ""),
        (f"debian@{ONE}", "", "debian", "", ONE),
        (f"quay.io/x:1@{ONE}", "quay.io", "quay.io/x", "1", ONE),
        (f"host:5000/x@{LONG}", "host:5000", "host:5000/x", "", LONG),
        ("x:Upper_and.lower-1", "", "x", "Upper_and.lower-1", ""),
        (f"x:{'t' * 128}", "", "x", "t" * 128, ""),
        ("a__b/c---d.e_f", "", "a__b/c---d.e_f", "", ""),
        ("0123456789ab", "", "0123456789ab", "", ""),  # a short id can't be told from a name
    ],
)
def test_reference(text: str, host: str, name: str, tag: str, digest: str) -> None:
    reference = parse_reference(text)
    assert reference == Reference(name, tag, digest)
    assert reference.host == host
    assert str(reference) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "debian ",
        "debian\n",
        "Debian",
        "quay.io/Pypa/x",
        "/x",
        "x/",
        "a//b",
        ":1",
        "x:",
        "x:-1",
        "x:1:2",
        "x:é",
        f"x:{'t' * 129}",
        "x@",
        "@" + ONE,
        "x@sha256:123",
        f"x@sha256:{'A' * 64}",
        f"x@sha256:{'1' * 65}",
        f"x@md5:{'1' * 32}",
        f"x@{ONE}@{ONE}",
        f"x@{ONE}:1",
        "a..b/x",
        "-a.b/x",
        "host:port/x",
        "[::1/x",
        "a___b",
        "_a",
        "docker://debian",
        "--help",
        "1" * 64,  # what engines take for the id of a stored image
        ONE,
    ],
)
def test_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="is not an image reference: expected name") as raised:
        parse_reference(text)
    assert repr(text) in str(raised.value)


labels = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,4}[A-Za-z0-9])?", fullmatch=True)
components = st.from_regex(r"[a-z0-9]{1,4}((\.|_|__|-{1,2})[a-z0-9]{1,3}){0,2}", fullmatch=True)
ports = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
addresses = st.one_of(
    st.lists(labels, min_size=1, max_size=3).map(".".join),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
hosts = st.tuples(addresses, ports).map("".join)
paths = st.lists(components, min_size=1, max_size=3).map("/".join)
names = st.one_of(paths, st.tuples(hosts, paths).map("/".join))
tags = st.one_of(st.just(""), st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True))
digests = st.sampled_from(["", ONE, TWO, LONG])
references = st.builds(Reference, names, tags, digests)


@given(references)
def test_round_trip(reference: Reference) -> None:
    assert parse_reference(str(reference)) == reference


@given(st.text())
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except ValueError:
        return
    assert str(reference) == text


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("debian", f"debian@{TWO}"),
        ("host:5000/x:1", f"host:5000/x@{TWO}"),
        (f"quay.io/x:1@{ONE}", f"quay.io/x@{TWO}"),
    ],
)
def test_at_digest(text: str, pinned: str) -> None:
    assert str(at_digest(parse_reference(text), TWO)) == pinned


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("debian", False),
        ("host:5000/x:1", False),
        (f"debian@{ONE}", True),
        (f"x:1@{ONE}", True),
        (ONE, False),
        ("dir:/x", False),
    ],
)
def test_is_pinned(text: str, pinned: bool) -> None:
    assert is_pinned(text) == pinned


@pytest.mark.parametrize(
    ("image", "of"),
    [
        ("oci-archive:/tmp/x.tar", "oci-archive"),
        ("containers-storage:localhost/x:1", "containers-storage"),
        ("oci:1", "oci"),
        ("dir:x", "dir"),
        ("docker://h.io/x:1", "docker"),
        ("docker:latest", ""),
        ("docker", ""),
        ("oci", ""),
        ("debian:12", ""),
        ("h.io/oci:1", ""),
    ],
)
def test_transport(image: str, of: str) -> None:
    assert transport(image) == of


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("docker://h.io/x:1", "h.io/x:1"),
        ("docker://127.0.0.1:5000/x", "127.0.0.1:5000/x"),
        ("docker://debian:12", "docker.io/library/debian:12"),
        ("docker://pypa/x", "docker.io/pypa/x"),
        ("docker://h.io/X:1", "h.io/X:1"),
        ("docker:latest", "docker:latest"),
        ("oci-archive:/tmp/x.tar", "oci-archive:/tmp/x.tar"),
        ("debian:12", "debian:12"),
    ],
)
def test_from_registry(image: str, name: str) -> None:
    assert from_registry(image) == name


@pytest.mark.parametrize(
    ("text", "id_"),
    [("a" * 64, True), (f"sha256:{'a' * 64}", True), ("a" * 12, False), ("debian", False)],
)
def test_id(text: str, *, id_: bool) -> None:
    assert is_id(text) == id_
