from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cibuildwheel.oci.image.manifest import (
    INDEXES,
    MANIFESTS,
    Entry,
    Index,
    Manifest,
    SchemaOneError,
    Shape,
    parse_config,
    parse_described,
    parse_document,
    parse_platform_object,
)
from cibuildwheel.oci.wanted.platform import Platform, parse_platform
from unit_test.oci.shapes import CASES, made

ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")
ARM64 = {"os": "linux", "architecture": "arm64"}
UNKNOWN = {"os": "unknown", "architecture": "unknown"}
ATTESTED = {"vnd.docker.reference.type": "attestation-manifest"}
LEGACY, OCI, LIST, INDEX = (shape.value for shape in Shape)


def document(**fields: object) -> str:
    return json.dumps({"schemaVersion": 2, **fields})


CONFIG = {"digest": ONE}


@pytest.mark.parametrize(
    ("text", "shape", "size"),
    [
        (document(mediaType=LEGACY, config=CONFIG, layers=[]), Shape.LEGACY_MANIFEST, 0),
        (document(mediaType=OCI, config=CONFIG, layers=[]), Shape.OCI_MANIFEST, 0),
        (document(config=CONFIG), Shape.OCI_MANIFEST, 0),
        (document(config=CONFIG, layers=[{"size": 2}, {"size": 3}]), Shape.OCI_MANIFEST, 5),
        # a size that is none counts for nothing: it is only shown
        (document(config=CONFIG, layers=[{}, {"size": -1}, {"size": "9"}]), Shape.OCI_MANIFEST, 0),
        (document(config=CONFIG, layers={"size": 2}), Shape.OCI_MANIFEST, 0),
        (json.dumps({"config": CONFIG}), Shape.OCI_MANIFEST, 0),
        # podman's way to say that there are none
        (document(config=CONFIG, manifests=None), Shape.OCI_MANIFEST, 0),
    ],
)
def test_manifest(text: str, shape: Shape, size: int) -> None:
    assert parse_document(text) == Manifest(shape, ONE, size)


HELM = "application/vnd.cncf.helm.config.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
GZIP, ZSTD = (f"application/vnd.oci.image.layer.v1.tar+{how}" for how in ("gzip", "zstd"))
DOCKER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"


@pytest.mark.parametrize(
    ("media_type", "doubtful"),
    [
        (None, False),
        ("", False),
        ("application/vnd.oci.image.config.v1+json", False),
        ("application/vnd.docker.container.image.v1+json", False),
        ("application/octet-stream", False),
        (EMPTY, True),
        (HELM, True),
        (1, True),
    ],
)
def test_what_a_config_is_tells_an_image_from_other_things(
    media_type: object, doubtful: bool
) -> None:
    parsed = parse_document(document(config={**CONFIG, "mediaType": media_type}))
    assert parsed == Manifest(Shape.OCI_MANIFEST, ONE, 0, doubtful=doubtful)


@pytest.mark.parametrize(
    ("layers", "zstd"),
    [
        ([], False),
        ([{}], False),
        ([{"mediaType": GZIP}], False),
        ([{"mediaType": GZIP}, {"mediaType": ZSTD}], True),
        ([{"mediaType": DOCKER_ZSTD}], True),
        ([{"mediaType": [ZSTD]}], False),
    ],
)
def test_layers_that_say_that_they_are_zstd(layers: list[object], zstd: bool) -> None:
    parsed = parse_document(document(config=CONFIG, layers=layers))
    assert parsed == Manifest(Shape.OCI_MANIFEST, ONE, 0, zstd=zstd)


@pytest.mark.parametrize(
    ("media_type", "shape"),
    [
        ({"mediaType": LIST}, Shape.MANIFEST_LIST),
        ({"mediaType": INDEX}, Shape.OCI_INDEX),
        ({}, Shape.OCI_INDEX),
        ({"mediaType": None}, Shape.OCI_INDEX),
    ],
)
def test_index(media_type: dict[str, str], shape: Shape) -> None:
    entry = {"digest": ONE, "mediaType": OCI, "platform": ARM64}
    parsed = parse_document(document(**media_type, manifests=[entry]))
    assert parsed == Index(shape, (Entry(ONE, parse_platform("arm64")),))


@pytest.mark.parametrize(
    ("fields", "platform", "nested", "attestation"),
    [
        ({"platform": ARM64}, "linux/arm64", False, False),
        ({"platform": {**ARM64, "variant": "v8"}}, "linux/arm64", False, False),
        ({"platform": {"os": "linux", "architecture": "arm"}}, "linux/arm/v7", False, False),
        (
            {"platform": {**ARM64, "os.version": "10.0", "features": []}},
            "linux/arm64",
            False,
            False,
        ),
        ({"platform": ARM64, "annotations": {"a": "b"}}, "linux/arm64", False, False),
        # entries that no engine runs
        ({"platform": UNKNOWN, "annotations": ATTESTED}, "unknown/unknown", False, True),
        ({"platform": UNKNOWN}, "unknown/unknown", False, True),
        ({"platform": {**ARM64, "os": "unknown"}}, "unknown/arm64", False, True),
        ({"platform": ARM64, "annotations": ATTESTED}, "linux/arm64", False, True),
        ({"annotations": ATTESTED}, None, False, True),
        # entries without a platform, or with one that says nothing
        ({}, None, False, False),
        ({"platform": None}, None, False, False),
        ({"platform": "linux/arm64"}, None, False, False),
        ({"platform": {}}, None, False, False),
        ({"platform": {"os": "", "architecture": ""}}, None, False, False),
        ({"platform": {"os": "linux"}}, None, False, False),
        ({"platform": {"architecture": "arm64"}}, None, False, False),
        ({"platform": {**ARM64, "variant": 8}}, None, False, False),
        ({"platform": {**ARM64, "os": ["linux"]}}, None, False, False),
        ({"platform": {**ARM64, "architecture": "arm64\x1b[31m"}}, None, False, False),
        ({"platform": ARM64, "annotations": None}, "linux/arm64", False, False),
        # an index in the index
        ({"mediaType": INDEX}, None, True, False),
        ({"mediaType": LIST, "platform": ARM64}, "linux/arm64", True, False),
        ({"mediaType": OCI, "platform": ARM64}, "linux/arm64", False, False),
    ],
)
def test_entry(
    fields: dict[str, Any], platform: str | None, nested: bool, attestation: bool
) -> None:
    of = parse_platform(platform) if platform else None
    parsed = parse_document(document(manifests=[{"digest": ONE, **fields}]))
    assert parsed == Index(Shape.OCI_INDEX, (Entry(ONE, of, nested, attestation),))


@pytest.mark.parametrize(
    ("fields", "doubtful"),
    [
        ({"mediaType": LEGACY}, False),
        ({"annotations": {"io.github.containers.compression.zstd": "false"}}, False),
        ({"artifactType": ""}, False),
        ({"artifactType": "application/vnd.oci.image.config.v1+json"}, False),
        ({"platform": {**ARM64, "os.features": []}}, False),
        ({"platform": {**ARM64, "os.version": "10.0"}}, False),
        # a media type that is not known, or none
        ({"mediaType": "application/vnd.example.thing.v1+json"}, True),
        ({"mediaType": 1}, True),
        ({"mediaType": [INDEX]}, True),
        ({"artifactType": "application/vnd.example.sbom"}, True),
        ({"artifactType": EMPTY}, True),
        # what a machine has to have
        ({"platform": {**ARM64, "os.features": ["win32k"]}}, True),
        ({"platform": {**ARM64, "features": ["sse4"]}}, True),
        # the twin of another
        ({"annotations": {"io.github.containers.compression.zstd": "true"}}, True),
    ],
)
def test_entries_that_clients_may_have_to_pass_over(fields: dict[str, Any], doubtful: bool) -> None:
    entry = {"digest": ONE, "mediaType": OCI, "platform": ARM64, **fields}
    shape = Shape.LEGACY_MANIFEST if entry["mediaType"] == LEGACY else Shape.OCI_MANIFEST
    parsed = parse_document(document(manifests=[entry]))
    expected = Entry(ONE, parse_platform("arm64"), doubtful=doubtful, shape=shape)
    assert parsed == Index(Shape.OCI_INDEX, (expected,))


@pytest.mark.parametrize(
    "text",
    [
        document(),
        document(mediaType=OCI),
        document(mediaType=INDEX),
        document(manifests=None),
        document(manifests={}),
        document(manifests="x", config="x"),
        document(config=None),
        document(config={}),
        document(config={"digest": None}),
        document(config={"digest": "sha256:1"}),
        document(config={"digest": f"md5:{'1' * 32}"}),
        document(config=CONFIG, layers=[None]),
        document(manifests=[None]),
        document(manifests=[{}]),
        document(manifests=[{"digest": f"{ONE}\n"}]),
        "",
        "{}",
        "[]",
        "null",
        '"x"',
        "1",
        "}{",
        "[" * 100_000,
        "9" * 5_000,
        "<!DOCTYPE html><title>Log in</title>",
    ],
)
def test_no_document(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse_document(text)
    assert not isinstance(raised.value, SchemaOneError)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"schemaVersion": 1, "architecture": "amd64", "fsLayers": [], "history": []}),
        json.dumps({"schemaVersion": 1}),
        json.dumps({"fsLayers": []}),
    ],
)
def test_schema_one(text: str) -> None:
    with pytest.raises(SchemaOneError, match="schema 1"):
        parse_document(text)


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ('{"os": "linux", "architecture": "arm", "variant": "v6"}', "linux/arm/v6"),
        ('{"os": "linux", "architecture": "amd64", "rootfs": {}}', "linux/amd64"),
        ('{"os": "linux", "architecture": "amd64", "variant": null}', "linux/amd64"),
        ('{"OS": "linux", "Architecture": "amd64"}', "None"),
        ("{}", "None"),
    ],
)
def test_config(text: str, platform: str) -> None:
    assert str(parse_config(text)) == platform


@pytest.mark.parametrize("text", ["", "null", "[]", "<html>", "[" * 100_000])
def test_no_config(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        parse_config(text)


@pytest.mark.parametrize(
    ("descriptor", "platform"),
    [({"platform": ARM64}, "linux/arm64"), ({"platform": {}}, "None"), ({}, "None")],
)
@pytest.mark.parametrize(
    ("key", "shape"),
    [("OCIManifest", Shape.OCI_MANIFEST), ("SchemaV2Manifest", Shape.LEGACY_MANIFEST)],
)
def test_described(descriptor: dict[str, Any], platform: str, key: str, shape: Shape) -> None:
    fields = {"digest": ONE, "mediaType": shape.value, **descriptor}
    inner = {"config": {"digest": TWO}, "layers": [{"mediaType": ZSTD, "size": 3}]}
    digest, of, manifest = parse_described(json.dumps({"Descriptor": fields, key: inner}))
    assert (digest, str(of)) == (ONE, platform)
    assert manifest == Manifest(shape, TWO, 3, zstd=True)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", '[{"Descriptor": {}}]', '{"Descriptor": null}', '{"Descriptor": {}}'),
        json.dumps({"Descriptor": {"digest": ONE}}),
        json.dumps({"Descriptor": {}, "OCIManifest": {"config": {"digest": ONE}}}),
    ],
)
def test_not_described(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|digest"):
        parse_described(text)


def test_shapes_in_words() -> None:
    words = [str(shape) for shape in Shape]
    assert words == ["Docker manifest", "OCI manifest", "Docker manifest list", "OCI index"]


@pytest.mark.parametrize(("shape", "platform"), CASES)
def test_the_catalogue(shape: str, platform: str) -> None:
    for image in made(shape, platform).walk():
        parsed = parse_document(image.data.decode())
        assert parsed.shape.value == image.media_type
        assert isinstance(parsed, Index) == bool(image.children or "-empty" in shape)
        if isinstance(parsed, Index):
            assert [entry.digest for entry in parsed.entries] == [c.digest for c in image.children]
        else:
            config, *layers = image.blobs
            assert parsed.config == config.digest
            assert parsed.size == sum(layer.size for layer in layers)


# What the parsers look at, so that random documents get far into them.
keys = st.sampled_from(
    [
        *("schemaVersion", "mediaType", "manifests", "config", "layers", "fsLayers", "digest"),
        *("platform", "os", "architecture", "variant", "annotations", "size", "Descriptor"),
        *("artifactType", "os.features", "OCIManifest"),
    ]
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([ONE, LEGACY, OCI, LIST, INDEX, "linux", "arm64", "unknown"]),
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5)
)


@given(values)
def test_any_json_is_understood_or_refused(value: object) -> None:
    for parse in (parse_document, parse_config, parse_described):
        with contextlib.suppress(ValueError):
            parse(json.dumps(value))
    platform = parse_platform_object(value)
    assert platform is None or parse_platform(str(platform)) == platform


@given(st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    for parse in (parse_document, parse_config, parse_described):
        with contextlib.suppress(ValueError):
            parse(text)


platforms = st.builds(
    Platform,
    st.sampled_from(["linux", "windows"]),
    st.sampled_from(["386", "amd64", "arm", "arm64", "ppc64le", "riscv64", "s390x"]),
    st.sampled_from(["", "v6", "v7", "v8", "v2"]),
)
plain = st.builds(
    Entry,
    st.sampled_from([ONE, TWO, THREE]),
    st.none() | platforms,
    attestation=st.booleans(),
    doubtful=st.booleans(),
    shape=st.sampled_from(MANIFESTS),
)
nested = st.builds(Entry, st.sampled_from([ONE, TWO]), st.none() | platforms, st.just(True))  # noqa: FBT003
entries = plain | nested


def encoded(entry: Entry, shape: Shape) -> dict[str, Any]:
    at = entry.platform
    names = {"os": at.os, "architecture": at.architecture, "variant": at.variant} if at else None
    return {
        "digest": entry.digest,
        "mediaType": (shape if entry.nested else entry.shape).value,
        **({"platform": names} if names else {}),
        **({"artifactType": "application/vnd.example"} if entry.doubtful else {}),
        **({"annotations": ATTESTED} if entry.attestation else {}),
    }


@given(st.builds(Index, st.sampled_from(INDEXES), st.lists(entries).map(tuple)))
def test_an_index_round_trips(index: Index) -> None:
    manifests = [encoded(entry, index.shape) for entry in index.entries]
    assert parse_document(document(mediaType=index.shape.value, manifests=manifests)) == index


@given(
    st.builds(
        Manifest,
        st.sampled_from([Shape.LEGACY_MANIFEST, Shape.OCI_MANIFEST]),
        st.sampled_from([ONE, TWO]),
        st.integers(min_value=0),
    )
)
def test_a_manifest_round_trips(manifest: Manifest) -> None:
    fields = {"config": {"digest": manifest.config}, "layers": [{"size": manifest.size}]}
    assert parse_document(document(mediaType=manifest.shape.value, **fields)) == manifest
