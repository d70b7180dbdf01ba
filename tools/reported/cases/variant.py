"""Images for amd64 that ask more of the processor, and such that are stored."""

from tools.images.document import DOCKER, OCI, Content, Entry, index
from tools.images.layer import file
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, content, single

AMD64, V2 = "linux/amd64", "linux/amd64/v2"
ALONE = "https://github.com/AlmaLinux/bootc-images/pull/6"
BESIDE = "https://github.com/AlmaLinux/container-images/issues/71"
ASK = Open(AMD64)


def _v2() -> Content:
    return content(AMD64, [file("etc/platform", f"{V2}\n".encode())])


def _alone(stage: Stage) -> str:
    return stage.push(index(OCI, [Entry(single(V2, _v2()), V2)]))


def _single(stage: Stage) -> str:
    return stage.push(single(V2, _v2(), DOCKER))


def _beside(stage: Stage) -> str:
    entries = [Entry(single(V2, _v2()), V2), Entry(single(AMD64), AMD64)]
    return stage.push(index(OCI, entries))


def _loaded(stage: Stage) -> str:
    return stage.load(single(V2, _v2(), DOCKER), "localhost/variant:1")


def _pulled(stage: Stage) -> str:
    name = _single(stage)
    stage.run("pull", f"--platform={V2}", name)
    stage.stack.enter_context(stage.engine.registry_down())
    return name


ROWS = (
    Row(
        "v2-alone",
        ALONE,
        "an index with linux/amd64/v2 only, which the client of docker20 can't read",
        _alone,
        V2,
        ASK,
        right_on={"docker20": "PlatformNotOfferedError"},
    ),
    Row(
        "v2-said",
        ALONE,
        "the same, and the user says that it is meant",
        _alone,
        V2,
        Open(AMD64, label=V2),
        never=("may not run everywhere",),
    ),
    Row(
        "v2-first",
        BESIDE,
        "an index with linux/amd64/v2 and, behind it, linux/amd64",
        _beside,
        AMD64,
        ASK,
    ),
    Row("v2-loaded", ALONE, "an image for linux/amd64/v2 that the engine has", _loaded, V2, ASK),
    Row("v2-pulled", ALONE, "the same, pulled by the user, without a network", _pulled, V2, ASK),
)
