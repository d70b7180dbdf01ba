"""Indexes whose parts are not what they were."""

from tools.images.document import OCI, Entry, index
from tools.reported.row import Build, Open, Row
from tools.reported.stage import Stage, content, indexed, pythons, single, wheel


def _attested(stage: Stage) -> str:
    return stage.push(indexed("linux/arm64", attested=True))


def _builds(stage: Stage, *platforms: str) -> str:
    entries = [Entry(single(p, content(p, pythons(p))), p) for p in platforms]
    return stage.push(index(OCI, entries))


ROWS = (
    Row(
        "index-attested",
        "https://github.com/pypa/cibuildwheel/issues/1771",
        "buildx has made an index of one platform and its attestation",
        _attested,
        "linux/arm64",
        Open("linux/arm64"),
    ),
    Row(
        "index-builds",
        "https://github.com/pypa/cibuildwheel/issues/1771",
        "one index for the builds of two platforms",
        lambda stage: _builds(stage, "linux/amd64", "linux/arm64"),
        f"{wheel('linux/arm64')} {wheel('linux/amd64')}",
        Build(),
    ),
    Row(
        "index-lacking",
        "https://github.com/pypa/cibuildwheel/issues/2046",
        "an index without the platform",
        lambda stage: _builds(stage, "linux/amd64", "linux/s390x"),
        "PlatformNotOfferedError",
        Build(("x86_64", "aarch64")),
        never=("x-1-cp313",),
    ),
)
