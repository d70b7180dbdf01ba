"""The results as a page of Markdown."""

from collections.abc import Iterable, Iterator

from cibuildwheel.oci.engine.minimum import numbers_of
from tools.benchmark.cases import CASES
from tools.benchmark.results import Result, median, ratio

MEASURES = ("start", "copy", "identifier", "end", "whole")
HEAD = (
    "| measure | {other}, s | fork, s | ratio (least-most) | at most |\n"
    "| --- | --- | --- | --- | --- |"
)


def page(results: Iterable[Result], source: str) -> str:
    """docs/performance.md, from the results in the file `source`."""
    parts = [_title(source)]
    for result in results:
        parts.extend([*rows(result), ""])
    return "\n".join(parts)


def rows(result: Result) -> Iterator[str]:
    """The heading and the table of one result."""
    case = CASES[result.case]
    limits = case.limits(result.platform, numbers_of(result.qemu.removeprefix("QEMU ")))
    counts = [max(sample.processes for sample in s) for s in (result.other, result.fork)]
    place = ", ".join(filter(None, (result.platform, result.engine, result.qemu)))
    yield f"## {result.case}, {place}\n"
    runs = f"{len(result.fork)} run{'s' if len(result.fork) > 1 else ''} of each"
    yield f"{case.summary[0].upper()}{case.summary[1:]}; {runs}.\n"
    yield HEAD.format(other=case.against)
    for measure in MEASURES:
        cells = (
            f"{median(result.other, measure):.2f}",
            f"{median(result.fork, measure):.2f}",
            str(ratio(result, measure)),
            f"{limits[measure]:.2f}" if measure in limits else "",
        )
        yield f"| {measure} | {' | '.join(cells)} |"
    yield f"| process ids | {counts[0]} | {counts[1]} | {counts[1] / counts[0]:.2f} | |"
    if result.command:
        yield f"\n`{result.command}`"


def _title(source: str) -> str:
    return f"""\
# Performance

The fork beside the unmodified release, in the same way: whole runs of `cibuildwheel`, in turn, on
the same engine, image, project and emulator. The numbers are in [{source}]({source}); this page is
made from them by `python -m tools.benchmark --json docs/{source} --page docs/performance.md`, and
each set of them by the command below it.

- `start` is from the command to the first step that is the user's: images settled, the emulator
  tried, the container up, its interpreters found and proven.
- `copy` is the project's way into the container.
- `identifier` is one build on average, with all its steps.
- `end` is from the last build to the end of the command.
- `process ids` are those that the container has used by the last test. An emulator uses more than
  one for each program.

The cases `mounts-40` and `mounts-1500` copy beside as many mounts on the engine's machine, all of
which a container sees below `/host`: the project and a bundle of certificates, a folder for each of
ten builds, and the wheels out at the end. On Docker 20.10 a tar in the container unpacks and packs,
as `docker cp` there leaves more mounts in the container each time; elsewhere the engine copies, but
for podman 4, which leaves the archive in its temporary folder.

A ratio is the median of the pairs of runs, with the least and the most. Where it is above the last
column the target is missed.

What bounds those that are missed:

- On QEMU 10 and later the CPU costs no more than it has to, and nearly all of the time of a
  real build, `identifier`, is that of its own pip, compiler and tests. By the times in the log of a
  fork's run on QEMU 10.0, 57 s: 19 are `python -m build`, 2 auditwheel, 13 virtualenv's
  installation and start, 15 pip's two installations, 8 pytest. Upstream has the same, and 13 for
  byte code, of which the fork pays 4 when it is first imported, and 2 for Pythons that look around.
  What is quicker there, such as `cortex-a72`, takes features away ([The emulated
  CPU](emulated-cpu.md)).
- With one build in a container `start` can be longer than upstream's by the probe, one more
  container: the case `probe` has what that takes. With ten builds the checks of their
  interpreters, which upstream makes by starting programs, outweigh it.
- `copy` is one archive, which the fork packs itself, into one `docker cp -`, and takes what the
  kernel takes to write a gigabyte into the container's overlay, as it does for upstream. By bare
  commands the engine alone, with a ready archive, took 5.3, 8.5 and
  13.9 s in turn, nearly all of them in the kernel, and a `tar` of the machine itself that unpacks
  in the same place 4.4, 7.5 and 11.5 s: the longer, the less memory was at hand.
"""
