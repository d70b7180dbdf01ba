"""What a run before has left in the engine."""

from tools.images.document import DOCKER, Image
from tools.images.layer import file
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, content, single

ARM64, S390X = "linux/arm64", "linux/s390x"
MOVED = "https://github.com/flatironinstitute/finufft/pull/554"
MENDED = "https://github.com/docker/for-linux/issues/1170"
REMOVED = "https://github.com/Shippable/support/issues/1644"
OFFLINE = "https://github.com/facebookresearch/momentum/pull/1654"
ASK = Open(ARM64)


def image(says: str) -> Image:
    """One for linux/arm64 whose `/etc/platform` says something else, as no other does."""
    return single(ARM64, content(ARM64, [file("etc/platform", f"{says}\n".encode())]), DOCKER)


def _moved(stage: Stage) -> str:
    name = stage.push(image("first"))
    stage.again(name)
    return stage.push(image("second"))


def _mended(stage: Stage) -> str:
    stage.again(stage.push(single(ARM64, content(S390X))))
    return stage.push(single(ARM64))


def _offline(stage: Stage) -> str:
    name = stage.push(image("first"))
    stage.again(name)
    stage.stack.enter_context(stage.engine.registry_down())
    return name


def _removed(stage: Stage) -> str:
    """A run, a new content, which the user pulls and removes, and one more."""
    name = stage.push(image("first"))
    stage.again(name)
    stage.push(image("second"))
    stage.run("pull", f"--platform={ARM64}", name)
    stage.run("rmi", name)
    return stage.push(image("third"))


ROWS = (
    Row(
        "kept-moved",
        MOVED,
        "a tag that means something else since the last run",
        _moved,
        "second",
        ASK,
    ),
    Row(
        "kept-mended",
        MENDED,
        "an image whose label was a lie in the last run, and was built again",
        _mended,
        ARM64,
        ASK,
    ),
    Row(
        "kept-offline",
        OFFLINE,
        "the second run finds no registry",
        _offline,
        "first",
        ASK,
    ),
    Row(
        "kept-removed",
        REMOVED,
        "what the user pulled between two runs and removed again is not gone back behind",
        _removed,
        "third",
        ASK,
    ),
)
