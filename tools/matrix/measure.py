"""What a run asks of the registry, and how soon it refuses: this fork and the unmodified release.

python -m tools.matrix.measure [ENGINE …]
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from tools.images.ports import PLATFORMS
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.images.tiny import tiny
from tools.lab.generation import Generation
from tools.lab.lab import Lab, temporary_lab
from tools.matrix.subject import DRIVE, SECONDS, Subject, ours, upstream

ENGINES = ("docker20", "docker26-containerd", "docker28-containerd", "podman5.4")
TOGETHER = DRIVE.with_name("together.py")
WRONG = (
    "docker-manifest-other", "oci-manifest-windows", "oci-index-lacking", "docker-list-fuzzy",
    "oci-index-empty",
)  # fmt: skip
WANTED = "linux/arm64"
Line = dict[str, str]


def main(arguments: Sequence[str]) -> None:
    """Measure on each engine that is named."""
    print("| engine | program | run | manifests | blobs | bytes | seconds | came |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with temporary_lab() as lab:
        _publish(lab)
        for name in arguments or ENGINES:
            engine = lab.engine(name)
            for subject in (ours(), upstream()):
                engine.reset()
                all_of_one = [_line(engine, "oci-index-all", platform) for platform in PLATFORMS]
                for run in ("seven platforms of one tag", "the same again"):
                    _measure(engine, subject, run, all_of_one)
                engine.reset()
                wrong = [_line(engine, shape, WANTED) for shape in WRONG]
                _measure(engine, subject, "five wrong images", wrong)
            lab.stop(name)


def _publish(lab: Lab) -> None:
    for shape in ("oci-index-all", *WRONG):
        push(SHAPES[shape].make(WANTED, tiny), f"{lab.registry.address}/measure/{shape}:1")


def _line(engine: Generation, shape: str, platform: str) -> Line:
    image = f"{engine.registry.address}/measure/{shape}:1"
    return {"engine": engine.kind, "image": image, "platform": platform}


def _measure(engine: Generation, subject: Subject, run: str, lines: Sequence[Line]) -> None:
    engine.registry.forget()
    begin = time.monotonic()
    came = (_together if subject.name == "fork" else _in_turn)(engine, subject, lines)
    took = time.monotonic() - begin
    asked = engine.registry_log()
    manifests = [request for request in asked if request.what == "manifests"]
    blobs = [r for r in asked if r.what == "blobs" and r.method == "GET" and r.status == 200]
    size = sum(request.size for request in asked if request.method == "GET")
    cells = [engine.name, subject.name, run, str(len(manifests)), str(len(blobs)), str(size)]
    print(f"| {' | '.join([*cells, f'{took:.1f}', came])} |", flush=True)


def _together(engine: Generation, subject: Subject, lines: Sequence[Line]) -> str:
    (outcome,) = _run(engine, [subject.python, "-P", TOGETHER], lines)
    if "error" not in outcome:
        return f"{_right(outcome['contents'], lines)}, all settled after {outcome['seconds']} s"
    reasons = outcome["message"].count("\n- ")
    return f"{outcome['error']} with {reasons} reasons after {outcome['seconds']} s"


def _in_turn(engine: Generation, subject: Subject, lines: Sequence[Line]) -> str:
    outcomes = _run(engine, [subject.python, "-P", DRIVE, str(SECONDS), "1"], lines)
    errors = [outcome for outcome in outcomes if "error" in outcome]
    if not errors:
        return _right([outcome["content"] for outcome in outcomes], lines)
    first = errors[0]
    said = f"{len(errors)} of {len(outcomes)} containers refused when their turn came"
    return f"{said}, the first ({first['error']}) after {first['seconds']:.2f} s"


def _right(contents: Sequence[str], lines: Sequence[Line]) -> str:
    right = sum(c == line["platform"] for c, line in zip(contents, lines, strict=True))
    return f"{right} of {len(lines)} containers right"


def _run(engine: Generation, command: Sequence[Any], lines: Sequence[Line]) -> list[dict[str, Any]]:
    done = subprocess.run(
        command,
        env=engine.env_with_skopeo(),
        cwd="/tmp",
        input=json.dumps(lines) + "\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    main(sys.argv[1:])
