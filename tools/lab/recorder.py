"""Runs commands on an engine and keeps what they answer."""

import json
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.lab.generation import Generation

TIMEOUT = 60.0


@dataclass(frozen=True)
class Sample:
    """A command, and how it ended; `rc` is None when it was ended after TIMEOUT seconds."""

    argv: list[str]
    rc: int | None
    stdout: str
    stderr: str
    seconds: float


@dataclass
class Recorder:
    """Collects what commands on one engine answer, by topic and case."""

    engine: Generation
    topics: dict[str, dict[str, Sample]] = field(default_factory=dict)

    def run(self, topic: str, case: str, *argv: str) -> None:
        """Run a command of the engine's root file system and keep its answer."""
        begin = time.monotonic()
        try:
            done = subprocess.run(
                self.engine.client(*argv),
                env=self.engine.env,
                cwd="/tmp",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired as expired:
            rc, out, err = None, expired.stdout or b"", expired.stderr or b""
            stdout, stderr = bytes(out).decode(), bytes(err).decode()
        else:
            rc, stdout, stderr = done.returncode, done.stdout, done.stderr
        seconds = round(time.monotonic() - begin, 2)
        sample = Sample(list(argv), rc, self._clean(stdout), self._clean(stderr), seconds)
        self.topics.setdefault(topic, {})[case] = sample

    def _clean(self, text: str) -> str:
        return text.replace(str(self.engine.sandbox.folder), "/lab")

    def engine_run(self, topic: str, case: str, *arguments: str) -> None:
        """Run the engine's own command and keep its answer."""
        self.run(topic, case, self.engine.kind, *arguments)

    def pull(self, case: str, image: str, *options: str) -> None:
        """Pull an image, which may fail, and keep the answer."""
        self.engine_run("pull", case, "pull", *options, image)

    def inspect(self, case: str, image: str, *options: str) -> None:
        """Inspect a stored image and keep the answer."""
        self.engine_run("image-inspect", case, "image", "inspect", *options, image)

    def create(self, case: str, platform: str, image: str, *options: str) -> None:
        """Create a container, which may fail, and keep the answer."""
        self.engine_run("create", case, "create", "--platform", platform, *options, image, "true")

    def write(self, target: Path) -> None:
        """Write all that was kept to `target/ENGINE/TOPIC.json`."""
        folder = target / self.engine.name
        folder.mkdir(parents=True, exist_ok=True)
        about = {"engine": self.engine.name, "version": self.engine.version}
        for topic, cases in self.topics.items():
            samples = {case: {**about, **asdict(sample)} for case, sample in cases.items()}
            text = json.dumps(samples, indent=1, ensure_ascii=False)
            (folder / f"{topic}.json").write_text(text + "\n")
