"""The copy of the project, from machines as they are."""

from pathlib import Path

from tools.reported.row import Open, Row
from tools.reported.stage import Stage, single

FILES = ("deep/er/data.txt", "pyproject.toml", "run.sh")
LISTED = Open(
    project=Path("project"), command=("sh", "-c", "cd /project; find . -type f | sort; cat run.sh")
)
COPIED = " ".join([*(f"./{name}" for name in FILES), "run.sh"])


def _project(stage: Stage) -> str:
    for name in FILES:
        file = stage.folder / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{Path(name).name}\n")
    return stage.push(single("linux/arm64"))


ROWS = (
    Row(
        "copy",
        "https://github.com/pypa/cibuildwheel/issues/1128",
        "a small project is copied whole",
        _project,
        COPIED,
        LISTED,
    ),
)
