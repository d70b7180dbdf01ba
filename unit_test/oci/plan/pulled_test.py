from __future__ import annotations

from dataclasses import replace

import pytest

from cibuildwheel.oci.engine.process import Answer
from cibuildwheel.oci.errors import (
    DigestMismatchError,
    ImageAccessError,
    ImageError,
    ImageNotFoundError,
    ImageOSError,
    ImagePlatformError,
    PlatformNotOfferedError,
    PullError,
    SchemaOneImageError,
)
from cibuildwheel.oci.image.stored import Stored
from cibuildwheel.oci.plan.decide import Decision, Source
from cibuildwheel.oci.plan.pulled import by_name, check_pulled, pull_error
from cibuildwheel.oci.remedies import NO_IMAGE, ZSTD
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from unit_test.oci.samples import ENGINES, samples

ARM64, V2 = map(parse_platform, ("linux/arm64", "linux/amd64/v2"))
AMD64 = "linux/amd64"
ONE = f"sha256:{'1' * 64}"
PUSH_AGAIN = (
    "Push it again, and keep clean-up jobs from what an index lists, which has no tag of its own. "
    "Else name another image in manylinux-aarch64-image."
)


def decided(
    source: Source = Source.PULLED,
    *,
    platform: str = "linux/arm64",
    label: str | None = None,
    image: str = "host/x:1",
    unread: bool = False,
) -> Decision:
    of = parse_platform(platform)
    labelled = parse_platform(label) if label else None
    want = Want("docker", image, of, ("cp313-manylinux_aarch64",), labelled)
    return Decision(want, source, image, want.labels[0], unread=unread)


# The cases of the lab whose meaning every engine tells, in one way or another.
MEANING: dict[str, type[ImageError]] = {
    "missing tag": ImageNotFoundError,
    "missing repository": ImageNotFoundError,
    "missing digest": ImageNotFoundError,
    "unauthorised": ImageAccessError,
    "status-401": ImageAccessError,
    "status-403": ImageAccessError,
    "other-digest by digest": DigestMismatchError,
    "status-429": PullError,
    "status-500": PullError,
    "status-503": PullError,
    "html": PullError,
    "nonsense": PullError,
    "registry down": PullError,
    "registry down, with platform": PullError,
}
# Those that some engines only pull, or don't explain.
PERHAPS: dict[str, type[ImageError]] = {
    "docker-manifest-windows": ImageOSError,
    "oci-index-lacking": PlatformNotOfferedError,
    "oci-index-nested": PlatformNotOfferedError,
    "oci-index-no-platform": PlatformNotOfferedError,
    "oci-index-windows": PlatformNotOfferedError,
    "oci-index-empty": PlatformNotOfferedError,
    "other-digest": DigestMismatchError,
    "schema1": SchemaOneImageError,
}


def failures(cases: dict[str, type[ImageError]]) -> list[tuple[str, str, type[ImageError]]]:
    return [
        (engine, case, error)
        for engine in ENGINES
        for case, error in cases.items()
        if samples(engine, "pull")[case].answer.returncode != 0
    ]


@pytest.mark.parametrize(("engine", "case", "error"), failures(MEANING))
def test_what_engines_say_of_a_failure(engine: str, case: str, error: type[ImageError]) -> None:
    sample = samples(engine, "pull")[case]
    raised = pull_error(decided(image=sample.argv[-1]), sample.answer)
    assert type(raised) is error
    message = str(raised)
    assert message.startswith(f"{sample.argv[-1]} ")
    assert f"(docker: {sample.answer.complaint})" in message
    assert "linux/arm64 is needed for cp313-manylinux_aarch64.\n  Fix: " in message


@pytest.mark.parametrize(("engine", "case", "error"), failures(PERHAPS))
def test_what_engines_may_say_of_a_failure(engine: str, case: str, error: type[ImageError]) -> None:
    sample = samples(engine, "pull")[case]
    raised = pull_error(decided(image=sample.argv[-1]), sample.answer)
    assert type(raised) in {error, PullError}


@pytest.mark.parametrize("error", sorted(set(PERHAPS.values()), key=str))
def test_some_engine_does_say_so(error: type[ImageError]) -> None:
    answers = [samples(engine, "pull")[case].answer for engine, case, _ in failures(PERHAPS)]
    assert error in {type(pull_error(decided(), answer)) for answer in answers}


@pytest.mark.parametrize(
    ("said", "error", "fix"),
    [
        (
            "pull access denied for x, repository does not exist or may require 'docker login'",
            ImageAccessError,
            (
                "Check its name, and log in to its registry (docker login) "
                "with an account that may pull it."
            ),
        ),
        (
            "no matching manifest for linux/arm64 in the manifest list entries",
            PlatformNotOfferedError,
            (
                "Publish it for linux/arm64 too (docker buildx build --platform ...,linux/arm64), "
                "or name another image in manylinux-aarch64-image."
            ),
        ),
        # Docker 26.1's classic store, of an index that contradicts the image
        (
            (
                "image with reference host/x@sha256:1 was found but does not match the specified "
                "platform: wanted linux/arm64, actual: linux/amd64"
            ),
            ImagePlatformError,
            (
                "Name an image for linux/arm64 in manylinux-aarch64-image. If it holds linux/arm64 "
                "and only its label is wrong, say so: "
                'container-engine = {name = "docker", image-platform = "linux/amd64"}.'
            ),
        ),
        (
            "manifest verification failed for digest sha256:1",
            DigestMismatchError,
            (
                "A registry, a mirror or a proxy serves something else under this digest: "
                "pull it by hand from another network, and tell the owner."
            ),
        ),
        (
            "Docker Image manifest version 2, schema 1 support is disabled",
            SchemaOneImageError,
            (
                "Push it again with a current tool, "
                "or name another image in manylinux-aarch64-image."
            ),
        ),
        (
            'image operating system "windows" cannot be used on this platform',
            ImageOSError,
            "Name an image for linux/arm64 in manylinux-aarch64-image.",
        ),
        ("unsupported media type application/vnd.oci.empty.v1+json", PullError, NO_IMAGE),
        (
            'unsupported image-specific operation on artifact with type "application/vnd.x"',
            PullError,
            NO_IMAGE,
        ),
        (
            "failed to register layer: Error processing tar file: archive/tar: invalid tar header",
            PullError,
            ZSTD,
        ),
        (
            'unsupported docker v2s2 media type: "application/vnd.docker.image.rootfs.tar.zstd"',
            PullError,
            ZSTD,
        ),
        (
            "dial tcp: connection refused",
            PullError,
            "Try `docker pull --platform=linux/arm64 host/x:1` by hand.",
        ),
        # no sign of what it is not
        (
            "Get https://host/v2/denied/unauthorized/manifests/schema1: EOF",
            PullError,
            "Try `docker pull --platform=linux/arm64 host/x:1` by hand.",
        ),
        ("", PullError, "Try `docker pull --platform=linux/arm64 host/x:1` by hand."),
    ],
)
def test_fixes(said: str, error: type[ImageError], fix: str) -> None:
    raised = pull_error(decided(), Answer(1, "", f"Pulling\n{said}\n"))
    assert type(raised) is error
    assert str(raised).endswith(f"\n  Fix: {fix}")


NO_HELPER = (
    'Error: getting username and password: error getting credentials - err: exec: "docker-'
    'credential-desktop": executable file not found in $PATH, out: ``'
)
FAILING = "/usr/bin/docker-credential-ecr: 2: exec: aws: not found"
DENIED = 'Head "http://host/v2/x/manifests/1": no basic auth credentials'
NOTE = f"What host/x:1 offers could not be asked of its registry: {NO_HELPER}."


@pytest.mark.parametrize(
    ("said", "note", "helper", "error", "blamed"),
    [
        (NO_HELPER, "", "", PullError, True),
        (f"{FAILING}\n{DENIED}", "", "", ImageAccessError, True),
        (DENIED, NOTE, "", ImageAccessError, True),
        (DENIED, "", "docker-credential-desktop", ImageAccessError, True),
        (DENIED, "", "", ImageAccessError, False),
        # what it is not to blame for
        ("manifest unknown", NOTE, "docker-credential-desktop", ImageNotFoundError, False),
        ("write: no space left on device", NOTE, "docker-credential-x", PullError, False),
    ],
)
def test_no_program_that_keeps_passwords(
    said: str, note: str, helper: str, error: type[ImageError], blamed: bool
) -> None:
    decision = replace(decided(), notes=(note,) if note else ())
    raised = pull_error(decision, Answer(1, "", said), helper)
    assert type(raised) is error
    assert ("remove the entry and `docker login` again" in str(raised)) == blamed
    assert (f"{helper} is not installed" in str(raised)) == (blamed and bool(helper))


@pytest.mark.parametrize(
    ("source", "fix"),
    [
        (Source.PULLED, PUSH_AGAIN),
        (Source.UNSEEN, "Check its name, tag and digest in manylinux-aarch64-image."),
    ],
)
def test_what_was_offered_and_is_not_there(source: Source, fix: str) -> None:
    raised = pull_error(decided(source), Answer(1, "", "manifest unknown"))
    assert type(raised) is ImageNotFoundError
    assert str(raised).endswith(f"\n  Fix: {fix}")


@pytest.mark.parametrize(
    "said",
    [
        "unknown blob",
        "fetching blob: blob unknown to registry",
        "Error fetching blob: invalid status code from registry 404 (Not Found)",
        (
            "httpReadSeeker: failed open: could not fetch content descriptor sha256:1 "
            "(application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found"
        ),
    ],
)
def test_a_lost_layer_is_told_as_such(said: str) -> None:
    raised = pull_error(decided(), Answer(1, "", f"Pulling\n{said}\n"))
    assert type(raised) is ImageNotFoundError
    assert "its registry has lost a part of it" in str(raised)
    assert str(raised).endswith(f"\n  Fix: {PUSH_AGAIN}")


@pytest.mark.parametrize(
    ("said", "image", "pulled"),
    [
        ("manifest unknown", "host/x:1", "host/x:1"),
        ("dial tcp: lookup host: no such host", "host/x:1", "host/x:1"),
        ("denied: by digest only for members", "host/x:1", "host/x:1"),
        ("manifest unknown", f"host/x@{ONE}", None),
        ("manifest unknown", f"host/x:1@{ONE}", None),
        ("unknown blob", "host/x:1", None),
        ("no match for platform in manifest", "host/x:1", None),
        (f"verification failed for digest {ONE}", "host/x:1", None),
    ],
)
def test_what_may_be_had_by_its_tag(said: str, image: str, pulled: str | None) -> None:
    decision = by_name(decided(image=image), Answer(1, "", said))
    assert (decision.name if decision else None) == pulled
    if decision:
        assert (decision.source, decision.digest) == (Source.UNSEEN, "")
        assert said in decision.notes[0]


def test_no_end_of_the_pull() -> None:
    raised = pull_error(decided(), Answer(None, "", "docker cannot be run: gone"))
    assert type(raised) is PullError


def has(*platforms: str) -> list[Stored]:
    return [Stored("host/x:1", parse_platform(p) if p else None) for p in platforms]


@pytest.mark.parametrize(
    ("decision", "stored", "used"),
    [
        (decided(), has("linux/arm64"), "linux/arm64"),
        (decided(Source.UNSEEN), has("linux/arm64"), "linux/arm64"),
        (decided(Source.UNSEEN, platform="linux/386"), has("linux/386"), "linux/386"),
        # a single image: of an index, engines pull no amd64 as 386
        (decided(Source.UNSEEN, platform="linux/386"), has("linux/amd64"), "linux/amd64"),
        (
            decided(Source.UNSEEN, platform="linux/386"),
            has("linux/amd64", "linux/386"),
            "linux/386",
        ),
        (decided(Source.UNSEEN, label="linux/amd64"), has("linux/amd64"), "linux/amd64"),
        (decided(Source.UNSEEN, label="linux/amd64"), has("linux/arm64"), "linux/arm64"),
        (decided(unread=True), has("linux/arm64"), "linux/arm64"),
        (decided(unread=True, label="linux/amd64"), has("linux/amd64"), "linux/amd64"),
        (decided(unread=True, label="linux/amd64"), has("linux/arm64"), "linux/arm64"),
        # what needs more of a processor, as it is where the registry tells
        (decided(Source.UNSEEN, platform=AMD64), has("linux/amd64/v2"), "linux/amd64/v2"),
        (decided(unread=True, platform=AMD64), has("linux/amd64/v2"), "linux/amd64/v2"),
        # podman tells no variant
        (replace(decided(platform=AMD64), platform=V2), has(AMD64), AMD64),
        (decided(Source.UNSEEN, platform=AMD64, label="linux/amd64/v2"), has(AMD64), AMD64),
        # no label at all
        (decided(Source.UNSEEN), has(""), "None"),
        (decided(unread=True), has(""), "None"),
        (replace(decided(), platform=None), has(""), "None"),
    ],
)
def test_pulled_as_decided(decision: Decision, stored: list[Stored], used: str) -> None:
    have = check_pulled(decision, stored)
    assert have in stored
    assert str(have.platform) == used


@pytest.mark.parametrize(
    ("decision", "stored", "error", "what"),
    [
        (
            decided(),
            has("linux/amd64"),
            ImagePlatformError,
            (
                "is offered as linux/arm64 but labelled linux/amd64. linux/arm64 is needed for "
                "cp313-manylinux_aarch64.\n  Fix: Name an image for linux/arm64 in "
                "manylinux-aarch64-image. If it holds linux/arm64 and only its label is wrong, "
                'say so: container-engine = {name = "docker", image-platform = "linux/amd64"}.'
            ),
        ),
        (
            decided(),
            [],
            ImagePlatformError,
            "was pulled, but docker has no linux/arm64 of it. ",
        ),
        (
            decided(),
            has(""),
            ImagePlatformError,
            "was pulled, but docker has no linux/arm64 of it. ",
        ),
        (
            decided(platform="linux/386"),
            has("linux/amd64"),
            ImagePlatformError,
            "is offered as linux/386 but labelled linux/amd64. ",
        ),
        (
            decided(unread=True),
            has("linux/amd64"),
            ImagePlatformError,
            "is offered as linux/arm64 but labelled linux/amd64. ",
        ),
        (
            decided(Source.UNSEEN),
            has("linux/arm/v7"),
            ImagePlatformError,
            "is, as docker pulled it, labelled linux/arm/v7. ",
        ),
        (
            decided(Source.UNSEEN),
            has("windows/amd64"),
            ImageOSError,
            "is for another operating system: windows/amd64. ",
        ),
        (
            decided(Source.UNSEEN),
            [],
            ImagePlatformError,
            (
                "was pulled, but docker has no linux/arm64 of it. "
                "linux/arm64 is needed for cp313-manylinux_aarch64.\n"
                "  Fix: Name an image for linux/arm64 in manylinux-aarch64-image."
            ),
        ),
        (
            decided(Source.UNSEEN, label="linux/amd64"),
            [],
            ImagePlatformError,
            (
                "was pulled, but docker has no linux/amd64 of it. "
                "linux/arm64 is needed for cp313-manylinux_aarch64.\n"
                "  Fix: Correct or remove image-platform of container-engine, "
                "which says linux/amd64."
            ),
        ),
        (
            decided(Source.UNSEEN, label="linux/amd64"),
            has("linux/s390x"),
            ImagePlatformError,
            (
                "is, as docker pulled it, labelled linux/s390x. "
                "linux/arm64 is needed for cp313-manylinux_aarch64.\n"
                "  Fix: Correct or remove image-platform of container-engine, "
                "which says linux/amd64."
            ),
        ),
    ],
)
def test_pulled_something_else(
    decision: Decision, stored: list[Stored], error: type[ImageError], what: str
) -> None:
    with pytest.raises(ImageError) as raised:
        check_pulled(decision, stored)
    assert type(raised.value) is error
    assert str(raised.value).startswith(f"host/x:1 {what}")


@pytest.mark.parametrize("source", [Source.PULLED, Source.UNSEEN])
@pytest.mark.parametrize(
    ("platform", "nearly"),
    [
        ("linux/arm64", "linux/arm/v7"),
        ("linux/arm/v7", "linux/arm/v6"),
        ("linux/arm/v7", "linux/arm/v8"),
        ("linux/amd64", "linux/386"),
    ],
)
def test_nothing_pulled_is_near_enough(source: Source, platform: str, nearly: str) -> None:
    with pytest.raises(ImagePlatformError, match=f"labelled {nearly}"):
        check_pulled(decided(source, platform=platform), has(nearly))


@pytest.mark.parametrize(
    "said",
    [
        "Error: remote trust data does not exist for h.io/x: h.io does not have trust data for it",
        "Error: error contacting notary server: dial tcp: lookup notary.docker.io: no such host",
    ],
)
def test_what_is_not_signed(said: str) -> None:
    error = pull_error(decided(Source.UNSEEN), Answer(1, "", said))
    assert type(error) is PullError
    assert "has no signature" in str(error)
    assert "unset the variable" in str(error)
