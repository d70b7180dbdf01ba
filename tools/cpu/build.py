"""Whole builds of a wheel, with the unmodified release and with the fork, one after the other.

python -m tools.cpu.build --release 7.2 --rounds 1

On rootless podman of the lab, with each generation of QEMU as handlers of its own. Nothing is
fetched meanwhile: the image has what the project is built with.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from tools.cpu.candidates import GENERATIONS, PROGRAMS
from tools.cpu.qemu import programs, rule
from tools.cpu.root import work
from tools.images.manylinux import manylinux
from tools.images.push import push
from tools.images.shapes import SHAPES
from tools.lab.generation import Generation
from tools.lab.lab import temporary_lab
from tools.lab.own_handlers import own_handlers
from tools.matrix.subject import Subject, ours, upstream

ENGINE = "podman5.8-rootless"
CONFIGURATION = """
[tool.cibuildwheel]
archs = ["aarch64"]
build = "cp313-manylinux_*"
build-frontend = {name = "build", args = ["--no-isolation"]}
container-engine = {name = "podman", disable-host-mount = true}
"""


def main() -> None:
    """Build, and print the seconds of each build."""
    parser = argparse.ArgumentParser(prog="python -m tools.cpu.build", description=__doc__)
    releases = [generation.release for generation in GENERATIONS]
    parser.add_argument("--release", action="append", choices=releases, help="of QEMU")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with temporary_lab() as lab:
        engine = lab.engine(ENGINE)
        image = SHAPES["oci-index-attested"].make("linux/arm64", manylinux)
        push(image, f"{engine.push_address}/build:1")
        for generation in GENERATIONS:
            if generation.release not in (options.release or releases):
                continue
            emulator = programs(generation) / PROGRAMS["aarch64"]
            with own_handlers(engine, [rule("aarch64", emulator)]):
                # what is measured pulls nothing
                reference = f"{engine.registry.address}/build:1"
                engine.run("pull", "--platform=linux/arm64", reference)
                for number in range(options.rounds):
                    for subject in (upstream(), ours()):
                        seconds = build(engine, subject, reference)
                        place = f"QEMU {generation.release}, round {number + 1}"
                        print(f"{place}, {subject.name}: {seconds:.1f} s", flush=True)


def build(engine: Generation, subject: Subject, image: str) -> float:
    """The seconds that a build takes. Raises RuntimeError if it fails."""
    with tempfile.TemporaryDirectory(prefix="build-") as scratch:
        configuration = Path(scratch, "configuration.toml")
        configuration.write_text(CONFIGURATION)
        command = [
            *(str(subject.python), "-m", "cibuildwheel", "--platform", "linux"),
            *("--config-file", str(configuration), "--output-dir", scratch, "."),
        ]
        begin = time.monotonic()
        ran = subprocess.run(
            command,
            cwd=work() / "source",
            env={**engine.env, "CIBW_MANYLINUX_AARCH64_IMAGE": image},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - begin
        if ran.returncode or not list(Path(scratch).glob("*aarch64.whl")):
            msg = f"{subject.name} failed:\n{ran.stdout}\n{ran.stderr}"
            raise RuntimeError(msg)
    return seconds


if __name__ == "__main__":
    main()
