"""The command line: `python -m tools.benchmark`."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from tools.benchmark.cases import ARCHITECTURES, CASES, Case
from tools.benchmark.page import page, rows
from tools.benchmark.results import Result, load, save
from tools.benchmark.run import BenchmarkError, Sample, prepared, run
from tools.images.push import push
from tools.lab.errors import LabError
from tools.lab.generation import Generation
from tools.lab.lab import temporary_lab
from tools.lab.specs import SPECS
from tools.matrix.subject import ours, upstream

NATIVE = ("linux/amd64", "linux/386")
ROUNDS = 5
COMMAND = "python -m tools.benchmark"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the chosen cases and print how the fork compares."""
    options = _parser().parse_args(arguments)
    if options.page:
        options.page.write_text(page(load(options.json), options.json.name))
        return 0
    try:
        with temporary_lab() as lab:
            engine = lab.engine(options.engine)
            for platform in options.platform or ["linux/arm64", "linux/amd64"]:
                for name in options.case or CASES:
                    result = compare(engine, CASES[name], platform, options.rounds)
                    print("\n".join(rows(result)), flush=True)
                    if options.json:
                        save([result], options.json)
    except (BenchmarkError, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def compare(engine: Generation, case: Case, platform: str, rounds: int) -> Result:
    """Run both programs in turn, `rounds` times, each first as often as the other."""
    name = f"benchmark/{case.name}-{platform.replace('/', '-')}:1"
    push(case.image(platform), f"{engine.push_address}/{name}")
    image = f"{engine.registry.address}/{name}"
    engine.run("pull", f"--platform={platform}", image)
    subjects = [upstream(), ours()]
    samples: dict[str, list[Sample]] = {subject.name: [] for subject in subjects}
    with prepared(case) as project, engine.uplink() if case.online else nullcontext():
        for turn in range(rounds):
            for subject in subjects if turn % 2 == 0 else reversed(subjects):
                sample = run(engine, subject, case, platform, project=project, image=image)
                samples[subject.name].append(sample)
    native = platform in NATIVE
    chosen = f"--case {case.name} --platform {platform} --engine {engine.name} --rounds {rounds}"
    return Result(
        case=case.name,
        platform=platform,
        native=native,
        machine=f"{engine.kind} {engine.version}" + ("" if native else f", {emulator(platform)}"),
        command=f"{COMMAND} {chosen} --json docs/performance.json",
        upstream=samples["upstream"],
        fork=samples["fork"],
    )


def emulator(platform: str) -> str:
    """The emulator of this machine for `platform`, as it calls itself."""
    name = {"armv7l": "arm"}.get(ARCHITECTURES[platform], ARCHITECTURES[platform])
    handler = Path("/proc/sys/fs/binfmt_misc", f"qemu-{name}").read_text()
    program = next(
        line.split(" ", 1)[1] for line in handler.splitlines() if line.startswith("interpreter")
    )
    real = Path(program).resolve()  # what a handler is called by tells it how to be called
    said = subprocess.run([real, "--version"], capture_output=True, text=True, check=False)
    words = said.stdout.split()
    return f"QEMU {words[2]}" if "version" in words else real.name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    add = parser.add_argument
    add("--case", action="append", choices=CASES, help="may be repeated; all by default")
    add("--platform", action="append", choices=ARCHITECTURES, help="linux/arm64 and linux/amd64")
    add("--engine", choices=SPECS, default="docker26")
    add("--rounds", type=int, default=ROUNDS, metavar="N")
    add("--json", type=Path, metavar="FILE", help="add the results to those in FILE")
    add("--page", type=Path, metavar="PAGE", help="only write PAGE from the results in FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
