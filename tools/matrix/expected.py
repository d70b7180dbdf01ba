"""The one right outcome of each cell, written from what is promised, not from what was seen."""

from tools.lab import system
from tools.lab.specs import ALL_SPECS
from tools.matrix.cases import Case

NOT_OFFERED = "PlatformNotOfferedError"
WRONG_PLATFORM = "ImagePlatformError"
WRONG_OS = "ImageOSError"
NOT_FOUND = "ImageNotFoundError"
EMPTY = "EmptyIndexError"
NOT_PULLED = "PullError"

WRONG_CONTENT = "ContentError"

WANTED = "wanted"

# By the name of a shape, without `docker-` or `oci-`. An outcome is the container of a content, or
# a refusal by the class of its error.
SETTLED = {
    "manifest": WANTED,
    "manifest-respelled": WANTED,
    "manifest-no-media-type": WANTED,
    "manifest-386-as-amd64": WANTED,
    "manifest-mislabelled": WRONG_PLATFORM,
    "manifest-other": WRONG_PLATFORM,
    "manifest-windows": WRONG_OS,
    "manifest-lying": WRONG_CONTENT,
    "index-one": WANTED,
    "index-all": WANTED,
    "index-attested": WANTED,
    "index-all-attested": WANTED,
    "index-respelled": WANTED,
    "index-no-media-type": WANTED,
    "index-nested": WANTED,
    "index-repeated": WANTED,
    "index-no-platform": EMPTY,
    "index-lacking": NOT_OFFERED,
    "index-fuzzy": NOT_OFFERED,
    "index-config-differs": WRONG_PLATFORM,
    "index-lying": WRONG_PLATFORM,
    "index-windows": WRONG_OS,
    "index-empty": EMPTY,
    "missing": NOT_FOUND,
}
# Where no client can ask the registry, the engine's own pull decides, and is checked: the same
# images are refused, some of them by another error, and with them what Docker 20.10 can't pull.
UNSETTLED = {
    "index-nested": NOT_OFFERED,
    "index-no-platform": NOT_OFFERED,
    "index-windows": NOT_OFFERED,
    "index-empty": NOT_OFFERED,
    "index-fuzzy": NOT_OFFERED,
}


# What an engine's own pull brings, though it is labelled otherwise.
LABELLED_OTHERWISE = {
    *("manifest-mislabelled", "manifest-other", "index-config-differs", "index-lying"),
}
# What Docker's own pull takes for what it was asked for, always and since 23.
TAKEN = {("index-fuzzy", "linux/arm/v7")}
TAKEN_LATER = {
    (kind, platform)
    for kind in ("index-fuzzy", "index-lacking")
    for platform in ("linux/amd64", "linux/arm64")
}
STORES = {name: spec.store for name, spec in ALL_SPECS.items()}

# Where Debian's Docker comes with buildx.
BUILDX = {("docker", "trixie"), ("docker", "forky")}


def kind_of(shape: str) -> str:
    """The name of `shape` without the family of its media types; a manifest list is an index."""
    return shape.replace("docker-list", "index").removeprefix("docker-").removeprefix("oci-")


def can_ask(engine: str, shape: str) -> bool:
    """Whether a client that comes with `engine` can tell what an image of `shape` offers.

    Docker's buildx and skopeo can. `docker manifest` knows neither a list in a list nor an empty
    one, that of 20.10 no OCI media types either; podman's knows indexes only.
    """
    spec = ALL_SPECS.get(engine)
    kind = spec.kind if spec else system.NAMES[engine]
    if system.has_exact_client(kind) if spec is None else (kind, spec.suite) in BUILDX:
        return True
    if kind == "podman":
        return kind_of(shape).startswith("index")
    known = spec is None or shape.startswith("docker-")
    return known and kind_of(shape) not in {"index-nested", "index-empty"}


def expected(case: Case, engine: str, version: str = "") -> str:
    """The content of the right container, such as `linux/arm64`, or the class of the refusal.

    `version` is that of an engine that is not the lab's.
    """
    release = ALL_SPECS[engine].release if engine in ALL_SPECS else version
    outcome = _online(case, engine, release)
    if case.state == "moved" and kind_of(case.shape) == "missing":
        return case.platform  # what the run before has kept, as nothing says that it is another
    if outcome.startswith("linux/"):
        return outcome
    told = (case.state, case.platform)
    if told == ("by-digest", "linux/arm/v7") and _takes_for_own(case, release):
        return outcome  # what is stored has no variant there, so the registry is asked
    if case.state in {"offline", "by-digest"} and _pulled_by_own_label(case, release):
        return case.platform  # nobody else is asked
    if case.state == "offline" and outcome != WRONG_CONTENT:
        return "linux/arm/v6" if _pulled_as_v7(case, release) else _left(case, engine, release)
    return outcome


def _pulled_by_own_label(case: Case, release: str) -> bool:
    """Whether a pull by hand brings what the index names no platform of, as only 20.10 does not."""
    return kind_of(case.shape) == "index-no-platform" and not release.startswith("20.")


def _takes_for_own(case: Case, release: str) -> bool:
    """Whether podman 4.3 shows an entry without platform as one for its own machine, amd64.

    What is labelled so and holds 386 is taken for that, as old i686 images are.
    """
    return case.shape == "oci-index-no-platform" and release.startswith("4.")


def _pulled_as_v7(case: Case, release: str) -> bool:
    """Whether a pull by hand brings arm/v6, and the engine itself calls it arm/v7."""
    told = (case.shape, case.platform)
    return told == ("oci-index-fuzzy", "linux/arm/v7") and release.startswith("4.")


def _left(case: Case, engine: str, release: str) -> str:
    """The refusal of what a pull by hand has left, of another platform or nothing."""
    kind, told = kind_of(case.shape), (kind_of(case.shape), case.platform)
    if kind == "manifest-windows" and STORES.get(engine) != "classic":
        return WRONG_OS
    if kind in LABELLED_OTHERWISE:
        return WRONG_PLATFORM
    if "podman" not in engine and (told in TAKEN or (told in TAKEN_LATER and release[:3] != "20.")):
        return WRONG_PLATFORM
    return NOT_PULLED


def _online(case: Case, engine: str, release: str) -> str:
    kind, wanted = kind_of(case.shape), case.platform
    if _takes_for_own(case, release):
        return wanted if wanted in {"linux/amd64", "linux/386"} else NOT_OFFERED
    asked = can_ask(engine, case.shape)
    if kind == "missing" and case.state == "other":
        return WRONG_PLATFORM  # what is stored, as nothing else is there
    if kind == "index-fuzzy" and wanted == "linux/arm/v7" and not asked:
        return WRONG_PLATFORM  # Docker 20.10 brings arm/v6
    outcome = SETTLED[kind] if asked else UNSETTLED.get(kind, SETTLED[kind])
    return wanted if outcome == WANTED else outcome
