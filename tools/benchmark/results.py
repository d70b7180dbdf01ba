"""What came of a benchmark: kept as JSON, compared as ratios."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.benchmark.run import Sample


@dataclass(frozen=True)
class Result:
    """The samples of both programs for one case, taken in turn: `other[n]` beside `fork[n]`.

    `other` are of the program that the fork is compared with; `qemu` is `QEMU 7.2.22`, say, or `""`
    where the platform is native; `command` is what measures it again.
    """

    case: str
    platform: str
    engine: str
    qemu: str
    command: str
    other: Sequence[Sample]
    fork: Sequence[Sample]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a later result of the same takes the place of."""
        return self.case, self.platform, self.engine, self.qemu


@dataclass(frozen=True)
class Ratio:
    """The fork's part of what the other took: the median of the pairs, the least and the most."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """As in a table."""
        return f"{self.median:.2f} ({self.least:.2f}-{self.most:.2f})"


def ratio(result: Result, measure: str) -> Ratio:
    """How the fork compares in `measure`, pair by pair."""
    pairs = zip(result.fork, result.other, strict=True)
    ratios = [fork.seconds[measure] / other.seconds[measure] for fork, other in pairs]
    return Ratio(statistics.median(ratios), min(ratios), max(ratios))


def median(samples: Sequence[Sample], measure: str) -> float:
    """The median of the seconds of `measure`."""
    return statistics.median(sample.seconds[measure] for sample in samples)


def load(file: Path) -> list[Result]:
    """The results in `file`; none if there is none."""
    if not file.exists():
        return []
    return [
        Result(
            **{
                **fields,
                "other": [Sample(**sample) for sample in fields["other"]],
                "fork": [Sample(**sample) for sample in fields["fork"]],
            }
        )
        for fields in json.loads(file.read_text())
    ]


def save(results: Sequence[Result], file: Path) -> None:
    """Add `results` to those in `file`, in place of earlier ones of the same."""
    by_key = {result.key: result for result in (*load(file), *results)}
    document = [asdict(by_key[key]) for key in sorted(by_key)]
    file.write_text(json.dumps(document, indent=1) + "\n")
