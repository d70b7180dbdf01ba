"""The copy of the project, from machines as they are."""

from pathlib import Path

from tools.images.tiny import busybox
from tools.reported.row import Open, Row
from tools.reported.stage import Stage, single

FILES = ("deep/er/data.txt", "pyproject.toml", "run.sh")
LISTED = Open(
    project=Path("project"), command=("sh", "-c", "cd /project; find . -type f | sort; cat run.sh")
)
COPIED = " ".join([*(f"./{name}" for name in FILES), "run.sh"])
BUSYBOX = "https://github.com/hendrikmuhs/ccache-action/issues/424"


def _project(stage: Stage) -> str:
    for name in FILES:
        file = stage.folder / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{Path(name).name}\n")
    return stage.push(single("linux/arm64"))


def _busybox(stage: Stage) -> str:
    program = stage.folder / "busybox"
    program.write_bytes(busybox("linux/amd64").read_bytes())
    program.chmod(0o755)
    stage.program("tar", f'exec {program} tar "$@"')
    return _project(stage)


def _no_tar(stage: Stage) -> str:
    stage.program("tar", "echo 'tar: not found' >&2; exit 127")
    return _project(stage)


def _cut(stage: Stage) -> str:
    """One that dies in the middle of an archive, which nobody is told."""
    stage.program("tar", '/usr/bin/tar "$@" | head --bytes=1536')
    return _project(stage)


ROWS = (
    Row(
        "copy",
        "https://github.com/pypa/cibuildwheel/issues/1128",
        "a small project is copied whole",
        _project,
        COPIED,
        LISTED,
    ),
    Row("copy-busybox", BUSYBOX, "the machine's tar is BusyBox's", _busybox, COPIED, LISTED),
    Row("copy-no-tar", BUSYBOX, "the machine has no tar", _no_tar, COPIED, LISTED),
    Row("copy-cut", BUSYBOX, "the machine's tar does half of its work", _cut, COPIED, LISTED),
)
