"""The command line: `python -m tools.benchmark`."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from tools.benchmark.cases import ARCHITECTURES, CASES, Case
from tools.benchmark.emulator import emulated_by
from tools.benchmark.page import page, rows
from tools.benchmark.programs import fork, other
from tools.benchmark.results import Result, load, save
from tools.benchmark.run import BenchmarkError, Sample, prepared, run
from tools.images.errors import ImageError
from tools.images.push import push
from tools.lab.errors import LabError
from tools.lab.generation import Generation
from tools.lab.lab import temporary_lab
from tools.lab.qemu import QEMUS, Qemu
from tools.lab.specs import SPECS

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
            qemu = next((g for g in QEMUS if g.release == options.qemu), None)
            for platform in options.platform or ["linux/arm64", "linux/amd64"]:
                for name in options.case or CASES:
                    result = compare(engine, CASES[name], platform, options.rounds, qemu)
                    print("\n".join(rows(result)), flush=True)
                    if options.json:
                        save([result], options.json)
    except (BenchmarkError, ImageError, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def compare(
    engine: Generation, case: Case, platform: str, rounds: int, qemu: Qemu | None = None
) -> Result:
    """Run both programs in turn, `rounds` times, each first as often as the other.

    `qemu` is what emulates `platform`, None for what the machine has.
    """
    name = f"benchmark/{case.name}-{platform.replace('/', '-')}:1"
    push(case.image(platform), f"{engine.push_address}/{name}")
    image = f"{engine.registry.address}/{name}"
    engine.run("pull", f"--platform={platform}", image)
    programs = [other(case.against), fork()]
    samples: dict[str, list[Sample]] = {program.name: [] for program in programs}
    emulated = nullcontext("") if platform in NATIVE else emulated_by(qemu, platform)
    online = engine.uplink() if case.online else nullcontext()
    mounts = engine.mounted(case.mounts) if case.mounts else nullcontext()
    with prepared(case) as project, online, mounts, emulated as emulator:
        for turn in range(rounds):
            for program in programs if turn % 2 == 0 else reversed(programs):
                sample = run(engine, program, case, platform, project=project, image=image)
                samples[program.name].append(sample)
    chosen = f"--case {case.name} --platform {platform} --engine {engine.name} --rounds {rounds}"
    if qemu:
        chosen += f" --qemu {qemu.release}"
    return Result(
        case=case.name,
        platform=platform,
        engine=f"{engine.kind} {engine.version}",
        qemu=emulator,
        command=f"{COMMAND} {chosen} --json docs/performance.json",
        other=samples[case.against],
        fork=samples["fork"],
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    add = parser.add_argument
    add("--case", action="append", choices=CASES, help="may be repeated; all by default")
    add("--platform", action="append", choices=ARCHITECTURES, help="linux/arm64 and linux/amd64")
    add("--engine", choices=SPECS, default="docker26")
    add("--qemu", choices=[g.release for g in QEMUS], help="the machine's own by default")
    add("--rounds", type=int, default=ROUNDS, metavar="N")
    add("--json", type=Path, metavar="FILE", help="add the results to those in FILE")
    add("--page", type=Path, metavar="PAGE", help="only write PAGE from the results in FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main())
