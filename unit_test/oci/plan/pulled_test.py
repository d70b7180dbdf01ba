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
from cibuildwheel.oci.plan.pulled import check_pulled, pull_error
from cibuildwheel.oci.wanted.platform import parse_platform
from cibuildwheel.oci.wanted.want import Want
from unit_test.oci.samples import ENGINES, samples

ARM64 = parse_platform("linux/arm64")


def decided(
    source: Source = Source.PULLED,
    *,
    platform: str = "linux/arm64",
    label: str | None = None,
    image: str = "host/x:1",
) -> Decision:
    of = parse_platform(platform)
    labelled = parse_platform(label) if label else None
    want = Want("docker", image, of, ("cp313-manylinux_aarch64",), labelled)
    return Decision(want, source, image, want.labels[0])


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
            "Correct its index, or the label of its linux/arm64 image, whichever is wrong.",
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
        (
            "manifest unknown",
            ImageNotFoundError,
            "Check its name, tag and digest in manylinux-aarch64-image.",
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


def test_no_end_of_the_pull() -> None:
    raised = pull_error(decided(), Answer(None, "", "docker cannot be run: gone"))
    assert type(raised) is PullError


def has(*platforms: str) -> list[Stored]:
    return [Stored("host/x:1", parse_platform(platform)) for platform in platforms]


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
                "is offered as linux/arm64 but labelled linux/amd64 itself. "
                "linux/arm64 is needed for cp313-manylinux_aarch64.\n  Fix: Correct its index, "
                "or the label of its linux/arm64 image, whichever is wrong."
            ),
        ),
        (
            decided(),
            [],
            ImagePlatformError,
            "is offered as linux/arm64 but labelled otherwise itself. ",
        ),
        (
            decided(platform="linux/386"),
            has("linux/amd64"),
            ImagePlatformError,
            "is offered as linux/386 but labelled linux/amd64 itself. ",
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
            has("linux/arm64"),
            ImagePlatformError,
            (
                "is, as docker pulled it, labelled linux/arm64. "
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
        ("linux/arm64", "linux/arm64/v9"),
        ("linux/arm/v7", "linux/arm/v6"),
        ("linux/amd64", "linux/386"),
        ("linux/amd64", "linux/amd64/v2"),
    ],
)
def test_nothing_pulled_is_near_enough(source: Source, platform: str, nearly: str) -> None:
    with pytest.raises(ImagePlatformError, match=f"labelled {nearly}"):
        check_pulled(decided(source, platform=platform), has(nearly))
